--- Settings of a buffer that holds a patch digest: folds by the language server, open at first.
---
--- Tested by `tests/editors/nvim/run.lua`.

if vim.b.did_ftplugin then
  return
end
vim.b.did_ftplugin = true

-- `[0][0]`: this buffer in this window, as `:setlocal` does.
local options = vim.wo[0][0]
options.foldmethod = 'expr'
options.foldlevel = 99

if vim.lsp.foldexpr then
  options.foldexpr = 'v:lua.vim.lsp.foldexpr()'
  options.foldtext = 'v:lua.vim.lsp.foldtext()'
else
  local folds = require('patch_digest.folds')
  options.foldexpr = folds.expression
  options.foldtext = ''
  folds.follow(vim.api.nvim_get_current_buf())
end

vim.b.undo_ftplugin = 'setlocal foldmethod< foldlevel< foldexpr< foldtext<'
