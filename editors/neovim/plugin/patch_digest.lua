--- Starts the language server for patch digests, and defines `:PatchDigest`.
---
--- Set `vim.g.loaded_patch_digest` in your configuration to keep this from happening.
--- Tested by `tests/editors/nvim`.

if vim.g.loaded_patch_digest then
  return
end
vim.g.loaded_patch_digest = true

local server = require('patch_digest.server')

require('patch_digest.colours').define()

vim.api.nvim_create_autocmd('FileType', {
  group = vim.api.nvim_create_augroup('patch_digest', {}),
  pattern = 'patchdigest',
  callback = function(event)
    server.start(event.buf)
  end,
})

vim.api.nvim_create_autocmd('BufWritePost', {
  group = 'patch_digest',
  pattern = { '.patch-digest.toml', '.patch-digest-baseline' },
  callback = function(event)
    server.tell_saved(vim.fn.fnamemodify(event.match, ':p'))
  end,
})

vim.api.nvim_create_autocmd('BufReadCmd', {
  group = 'patch_digest',
  -- With the slashes: a pattern without any is held against what follows the last one.
  pattern = 'patch-digest:///*',
  callback = function(event)
    require('patch_digest.pages').read(event.buf)
  end,
})

-- A plugin manager may load this after the first digest was opened.
server.start_all()

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
  complete = function(start, line)
    if line:match('^%s*%S+%s+mark%s') then
      return vim.tbl_filter(function(word)
        return vim.startswith(word, start)
      end, require('patch_digest.queue').words)
    end
    local names = vim.tbl_filter(function(name)
      return vim.startswith(name, start)
    end, vim.tbl_keys(commands))
    table.sort(names)
    return names
  end,
})
