--- `:checkhealth patch_digest`: what is there, what is missing, and what to do.
---
--- Tested by `tests/editors/nvim`.

local parser = require('patch_digest.parser')
local server = require('patch_digest.server')

local health = vim.health

local M = {}

--- All there is to say in a Neovim before 0.10, which has other names for what is used here.
local function refuse_neovim()
  local old = vim.health or require('health')
  local start, report_error = old.start or old.report_start, old.error or old.report_error
  local version = vim.version()
  start('Neovim')
  report_error(
    ('Neovim %d.%d.%d is too old'):format(version.major, version.minor, version.patch),
    { 'Install Neovim 0.10 or later' }
  )
end

local function check_neovim()
  health.start('Neovim')
  health.ok('Neovim ' .. tostring(vim.version()))
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, { 'From 1234567 to 89abcde' })
  local found = vim.filetype.match({ buf = buf, filename = 'week.txt' })
  vim.api.nvim_buf_delete(buf, { force = true })
  if found == 'patchdigest' then
    health.ok('Digests are known by their first line, whatever their name')
  else
    health.error(('A digest in a file week.txt gets the file type %s'):format(found or 'none'), {
      'Another rule of `vim.filetype.add` for this name comes first; or `filetype` is off',
    })
  end
end

local function check_server()
  health.start('Language server')
  local cmd = server.config().cmd
  local missing = server.missing_program()
  if missing then
    health.error(('`%s` was not found'):format(missing), {
      'Put it on your PATH: `cargo install --path server/cli` in a checkout',
      "Or name it in `after/lsp/patch_digest.lua`: return { cmd = { '/path/to/patch-digest', 'lsp' } }",
    })
  elseif type(cmd) == 'table' then
    local program = vim.fn.exepath(cmd[1])
    local ok, result = pcall(function()
      return vim.system({ program, '--version' }, { text = true, timeout = 5000 }):wait()
    end)
    if ok and result.code == 0 then
      health.ok(('%s: %s'):format(vim.trim(result.stdout), program))
    else
      health.error(('`%s --version` does not work'):format(program), {
        ok and vim.trim(result.stderr) or tostring(result),
      })
    end
  end
  local clients = vim.lsp.get_clients({ name = server.name })
  if #clients == 0 and not server.is_wanted() then
    health.info('It is not running: `g:patch_digest_server` says so')
  elseif #clients == 0 then
    health.info('It is not running: it is started for the first digest that is opened')
  end
  for _, client in ipairs(clients) do
    local n_buffers = #vim.lsp.get_buffers_by_client_id(client.id)
    health.ok(('It is running for %d open %s, root %s'):format(
      n_buffers,
      n_buffers == 1 and 'digest' or 'digests',
      client.config.root_dir or 'none'
    ))
  end
  health.info('Its log: ' .. vim.lsp.log.get_filename())
end

local function check_parser()
  health.start('Colours')
  local found = parser.installed()
  if not found then
    health.ok('By `syntax/patchdigest.vim`')
    if not parser.source() then
      health.info('The source of the tree-sitter parser is missing: it is in the folder syntax of the checkout')
    elseif parser.compiler() then
      health.info('`:PatchDigest install-parser` compiles the tree-sitter parser')
    else
      health.info('`:PatchDigest install-parser` compiles the tree-sitter parser; it needs a C compiler, and none was found')
    end
    return
  end
  local problem = parser.load()
  if problem then
    health.error(('The tree-sitter parser %s does not work: %s'):format(found, problem), {
      '`:PatchDigest install-parser`, then start Neovim again',
    })
  else
    health.ok('By the tree-sitter parser ' .. found)
  end
  if parser.is_current() == false then
    health.warn('The parser is of another version of this plugin', {
      '`:PatchDigest install-parser`, then start Neovim again',
    })
  end
end

function M.check()
  if vim.fn.has('nvim-0.10') == 0 then
    return refuse_neovim()
  end
  check_neovim()
  check_server()
  check_parser()
end

return M
