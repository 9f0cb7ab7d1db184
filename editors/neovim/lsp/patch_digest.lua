--- How to start the language server. Neovim 0.11 and later read this file themselves; on 0.10
--- `plugin/patch_digest.lua` does.
---
--- To change something, put a file of the same name under `after/lsp/` in your own
--- configuration, for example `return { cmd = { '/opt/bin/patch-digest', 'lsp' } }`.
local commands = vim.tbl_extend(
  'error',
  require('patch_digest.copy').commands,
  require('patch_digest.pages').commands,
  require('patch_digest.queue').commands
)
local colours = require('patch_digest.colours')

return {
  cmd = { 'patch-digest', 'lsp' },
  filetypes = { 'patchdigest' },
  -- What the server may ask of the editor.
  commands = commands,
  handlers = {
    ['patchDigest/queueChanged'] = function()
      require('patch_digest.queue').refresh()
    end,
  },
  on_init = function(client)
    -- Told to ask for findings again, Neovim 0.12 asks servers that know of a whole workspace for
    -- all of it, and leaves out of the answer what it shows: the open digests.
    local provider = client.server_capabilities.diagnosticProvider
    if provider then
      provider.workspaceDiagnostics = false
    end
  end,
  -- Pages may lead to other pages.
  init_options = { commands = vim.tbl_keys(commands), pageLinks = true },
  capabilities = {
    textDocument = {
      -- Neovim 0.10 has code lenses, and does not say so.
      codeLens = { dynamicRegistration = false },
      -- Before 0.12 it is the plugin that asks for links.
      documentLink = { dynamicRegistration = false },
      semanticTokens = { tokenTypes = colours.types, tokenModifiers = colours.modifiers },
    },
  },
  root_markers = { '.patch-digest.toml', '.git' },
  -- The settings of docs/settings.md, under `patchDigest`: { lint = { profile = 'maker' } }.
  settings = { patchDigest = vim.empty_dict() },
}
