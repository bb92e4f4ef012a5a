// What people call what GitHub names. A name that isn't known here is shown as GitHub writes it, in capitals where it is plain.
"use strict";

const NAMES = {
  code_completion: "Code completions", chat_panel_ask_mode: "Chat: ask", chat_panel_edit_mode: "Chat: edit",
  chat_panel_agent_mode: "Chat: agent", chat_panel_plan_mode: "Chat: plan", chat_panel_custom_mode: "Chat: custom agent",
  chat_panel_unknown_mode: "Chat: mode unknown", chat_inline: "Inline chat", agent_edit: "Agents' edits", copilot_cli: "Command line",
  copilot_app: "Copilot app", copilot_cloud_agent: "Cloud agent", copilot_coding_agent: "Cloud agent", copilot_code_review: "Code review",
  vscode: "VS Code", visualstudio: "Visual Studio", jetbrains: "JetBrains IDEs", neovim: "Neovim", xcode: "Xcode",
  "Phase 0": "None", "Phase 1": "Code first", "Phase 2": "Agent first", "Phase 3": "Several agents",
  typescript: "TypeScript", typescriptreact: "TypeScript React", javascript: "JavaScript", javascriptreact: "JavaScript React",
  csharp: "C#", cpp: "C++", php: "PHP", html: "HTML", css: "CSS", scss: "SCSS", json: "JSON", yaml: "YAML", sql: "SQL", xml: "XML",
  powershell: "PowerShell", shellscript: "Shell script", others: "Others, to GitHub", unknown: "Unknown to GitHub", default: "GitHub's default",
};
// Agents edit by themselves: nobody accepts that, so a rate of theirs would say nothing.
const AGENTS = new Set(["agent_edit", "chat_panel_agent_mode", "chat_panel_plan_mode", "chat_panel_custom_mode", "copilot_cli", "copilot_app"]);

const friendly = (name) => NAMES[name] || (/^[a-z0-9][a-z0-9._-]*$/.test(name) ? capitalised(name) : name);

// gpt-5.3-codex is GPT-5.3 Codex, claude-sonnet-4.6 is Claude Sonnet 4.6.
const capitalised = (name) => name.replace(/^gpt-/, "GPT\u2011").split(/[-_]/)
  .map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
