--- Starts the language server for patch digests, and defines `:PatchDigest`.
---
--- Set `vim.g.loaded_patch_digest` in your configuration to keep this from happening.
--- Tested by `tests/editors/nvim`.

if vim.g.loaded_patch_digest then
  return
end
vim.g.loaded_patch_digest = true

if vim.fn.has('nvim-0.10') == 0 then
  local version = vim.version()
  local this = ('%d.%d.%d'):format(version.major, version.minor, version.patch)
  vim.notify('patch-digest: Neovim 0.10 or later is needed, this is ' .. this, vim.log.levels.WARN)
  return
end

local server = require('patch_digest.server')

require('patch_digest.colours').define()

local group = vim.api.nvim_create_augroup('patch_digest', {})

vim.api.nvim_create_autocmd('BufWritePost', {
  group = 'patch_digest',
  pattern = { '.patch-digest.toml', '.patch-digest-baseline' },
  callback = function(event)
    server.tell_saved(vim.fn.fnamemodify(event.match, ':p'))
  end,
})

vim.api.nvim_create_autocmd('BufReadCmd', {
  group = group,
  -- With the slashes: a pattern without any is held against what follows the last one.
  pattern = 'patch-digest:///*',
  callback = function(event)
    require('patch_digest.pages').read(event.buf)
  end,
})

if server.is_wanted() then
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = 'patchdigest',
    callback = function(event)
      server.start(event.buf)
    end,
  })
  -- A plugin manager may load this after the first digest was opened.
  server.start_all()
end

--- How many words a command takes after its name; none where it is not here.
local n_arguments = { since = 1, mark = 3 }

local commands = {
  outline = function()
    require('patch_digest.outline').toggle()
  end,
  history = function()
    require('patch_digest.pages').history()
  end,
  since = function(version)
    require('patch_digest.pages').show('since', version)
  end,
  new = function()
    require('patch_digest.pages').news()
  end,
  queue = function()
    require('patch_digest.queue').show()
  end,
  mark = function(...)
    require('patch_digest.queue').mark(table.concat({ ... }, ' '))
  end,
  ['fold-others'] = function()
    require('patch_digest.queue').fold_others()
  end,
  restart = function()
    server.restart()
  end,
  ['install-parser'] = function()
    require('patch_digest.parser').install(function(problem)
      if problem then
        vim.notify('patch-digest: the parser could not be installed: ' .. problem, vim.log.levels.ERROR)
      else
        vim.notify('patch-digest: installed ' .. require('patch_digest.parser').target())
      end
    end)
  end,
}

vim.api.nvim_create_user_command('PatchDigest', function(call)
  local name = call.fargs[1]
  local command = commands[name]
  if command and #call.fargs <= 1 + (n_arguments[name] or 0) then
    command(unpack(call.fargs, 2))
  else
    local names = vim.tbl_keys(commands)
    table.sort(names)
    vim.notify(
      ('patch-digest: there is no command `%s`; expected %s'):format(call.args, table.concat(names, ', ')),
      vim.log.levels.ERROR
    )
  end
end, {
  nargs = '+',
  desc = 'Patch digests: outline, queue, marks, pages about series, restart of the server, parser',
  complete = function(start, line, column)
    -- What stands behind `:PatchDigest`, or an abbreviation of it.
    local given = line:sub(1, column):match('^.*%f[%w]P%a*%s+(.*)$') or ''
    local words = {}
    if not given:find('%s') then
      words = vim.tbl_keys(commands)
      table.sort(words)
    elseif given:find('^mark%s+%S*$') then
      words = require('patch_digest.queue').words
    end
    return vim.tbl_filter(function(word)
      return vim.startswith(word, start)
    end, words)
  end,
})
