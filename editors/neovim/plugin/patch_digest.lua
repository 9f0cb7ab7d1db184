--- Starts the language server for patch digests, and says so once when it is not installed.
---
--- Set `vim.g.loaded_patch_digest` in your configuration to keep this from happening.
--- Tested by `tests/editors/nvim/run.lua`.

if vim.g.loaded_patch_digest then
  return
end
vim.g.loaded_patch_digest = true

local name = 'patch_digest'

--- The configuration, with the user's own additions.
local function config()
  if vim.lsp.config then
    return vim.lsp.config[name]
  end
  -- Neovim 0.10: the same files, merged as later versions merge them.
  local merged = {}
  for _, file in ipairs(vim.api.nvim_get_runtime_file('lsp/' .. name .. '.lua', true)) do
    merged = vim.tbl_deep_extend('force', merged, dofile(file))
  end
  return merged
end

--- The program to start, if it cannot be found.
local function missing_program(cmd)
  if type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 0 then
    return cmd[1]
  end
end

local function start(buf)
  -- A digest shown in a preview or a picker is no file to serve.
  if vim.bo[buf].buftype ~= '' then
    return
  end
  local server = config()
  local missing = missing_program(server.cmd)
  if missing then
    vim.notify_once(
      ('patch-digest: the language server `%s` was not found. '):format(missing)
        .. 'Put it on your PATH, or name it in `after/lsp/patch_digest.lua`: '
        .. "return { cmd = { '/path/to/patch-digest', 'lsp' } }",
      vim.log.levels.WARN
    )
    return
  end
  -- Later versions start it themselves, see the end of this file.
  if not vim.lsp.enable then
    server.name = name
    server.root_dir = vim.fs.root(buf, server.root_markers or {})
    vim.lsp.start(server, { bufnr = buf })
  end
end

vim.api.nvim_create_autocmd('FileType', {
  group = vim.api.nvim_create_augroup('patch_digest', {}),
  pattern = 'patchdigest',
  callback = function(event)
    start(event.buf)
  end,
})

-- A plugin manager may load this after the first digest was opened.
for _, buf in ipairs(vim.api.nvim_list_bufs()) do
  if vim.bo[buf].filetype == 'patchdigest' then
    start(buf)
  end
end

if vim.lsp.enable then
  vim.lsp.enable(name)
end
