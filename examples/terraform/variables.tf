# What differs from one company to another.

variable "airbyte_url" {
  description = "The API of your Airbyte, such as https://airbyte.example.com/api/public/v1."
  type        = string
}

variable "airbyte_client_id" {
  description = "Of an application: in Airbyte, your name > User settings > Applications."
  type        = string
}

variable "airbyte_client_secret" {
  type      = string
  sensitive = true
}

variable "workspace_id" {
  description = "In the address of every page of the workspace."
  type        = string
}

variable "destination_id" {
  description = "Of the Snowflake, BigQuery or other destination, in the address of its page."
  type        = string
}

variable "image" {
  description = "Where you pushed the image, without the tag."
  type        = string
}

variable "image_tag" {
  description = "The connector's version."
  type        = string
  default     = "0.1.0"
}

variable "organizations" {
  description = "Logins of the GitHub organizations; [] for every one that the token lists, or that the App is installed in."
  type        = list(string)
}

variable "github_sign_in" {
  description = "access_token or github_app. Set the variables of that one; the other's stay unset."
  type        = string
  default     = "access_token"

  validation {
    condition     = contains(["access_token", "github_app"], var.github_sign_in)
    error_message = "Choose access_token or github_app."
  }
}

variable "github_token" {
  type      = string
  sensitive = true
  default   = null
}

variable "github_app_id" {
  description = "App ID or client ID, at the top of the App's page."
  type        = string
  default     = null
}

variable "github_app_private_key" {
  description = "The whole content of the App's .pem file."
  type        = string
  sensitive   = true
  default     = null
}

variable "edge_impulse_api_key" {
  type      = string
  sensitive = true
}
