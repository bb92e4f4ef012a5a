# The connector in Airbyte, a source of it, and its daily connection. docs/airbyte.md says what was tried of this.

terraform {
  required_providers {
    airbyte = {
      source  = "airbytehq/airbyte"
      version = "~> 1.3"
    }
  }
}

provider "airbyte" {
  server_url    = var.airbyte_url
  token_url     = "${var.airbyte_url}/applications/token"
  client_id     = var.airbyte_client_id
  client_secret = var.airbyte_client_secret
}

# A new image_tag upgrades every source made of this definition.
resource "airbyte_source_definition" "usage_metrics" {
  workspace_id      = var.workspace_id
  name              = "Usage metrics"
  docker_repository = var.image
  docker_image_tag  = var.image_tag
}

locals {
  github_sign_ins = {
    access_token = {
      auth_type    = "access_token"
      access_token = var.github_token
    }
    github_app = {
      auth_type   = "github_app"
      app_id      = var.github_app_id
      private_key = var.github_app_private_key
    }
  }
  configuration = {
    github = {
      mode          = "sync"
      organizations = var.organizations
      credentials   = local.github_sign_ins[var.github_sign_in]
    }
    edge_impulse = {
      mode = "sync"
      credentials = {
        auth_type = "api_key"
        api_key   = var.edge_impulse_api_key
      }
    }
    num_workers = 5
  }
}

resource "airbyte_source" "usage_metrics" {
  workspace_id  = var.workspace_id
  name          = "Usage metrics"
  definition_id = airbyte_source_definition.usage_metrics.id
  configuration = jsonencode(local.configuration)
}

resource "airbyte_connection" "usage_metrics" {
  name           = "Usage metrics"
  source_id      = airbyte_source.usage_metrics.source_id
  destination_id = var.destination_id
  configurations = {
    streams = [
      { name = "copilot_days", sync_mode = "incremental_deduped_history" },
      # The API has no history: overwriting would erase the only one there is.
      { name = "org_metrics", sync_mode = "full_refresh_append" },
    ]
  }
  schedule = {
    schedule_type   = "cron"
    cron_expression = "0 0 7 * * ? UTC"
  }
  non_breaking_schema_updates_behavior = "propagate_columns"
}
