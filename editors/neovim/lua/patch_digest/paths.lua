--- `gf` on a row of a diffstat: from the path as shown to a file in a source tree.
---
--- Paths come from mail of strangers: those that would leave the tree are not followed, and
--- nothing but file names is ever asked of git. Neovim's own `gf` would look in the current folder
--- first, and anywhere. Tested by `tests/editors/nvim`.

local entries = require('patch_digest.entries')

local M = {}

--- The path in a row of a diffstat; `a/{b => c}/d` is the new one.
local function path_in_row(line)
  if #line > 1000 then
    return nil
  end
  local path = line:match('^ +([^|]-) +|%s*[%dBU]')
  if not path then
    return nil
  end
  path = path:gsub('{(.-) => (.-)}', '%2')
  return (path:gsub('^.* => ', ''):gsub('//+', '/'))
end

--- The tree to look in: that of the buffer, of the user, or of the current folder.
local function tree()
  local chosen = vim.b.patch_digest_tree or vim.g.patch_digest_tree
  if chosen then
    return vim.fs.normalize(chosen)
  end
  return vim.fs.root(vim.fn.getcwd(), '.git') or vim.fn.getcwd()
end

local function exists(path)
  return vim.uv.fs_stat(path) ~= nil
end

--- Whether a path stays below the folder it is joined to.
local function stays_inside(path)
  return not path:find('^[/\\~]') and not path:find('^%a:') and not ('/' .. path .. '/'):find('/../', 1, true)
end

--- Files of the tree whose paths end in `ending`, as git knows them.
local function files_ending_in(root, ending)
  if vim.fn.executable('git') == 0 then
    return {}
  end
  -- `:(glob)` has no other letters with a meaning than these.
  local pattern = ':(glob)**/' .. ending:gsub('[%[%]*?\\]', '\\%0')
  local command = { 'git', '-C', root, 'ls-files', '-z', '--', pattern }
  local ok, result = pcall(function()
    return vim.system(command, { text = false, timeout = 5000 }):wait()
  end)
  if not ok or result.code ~= 0 then
    return {}
  end
  return vim.split(result.stdout, '\0', { plain = true, trimempty = true })
end

--- The path at the cursor: in a row of a diffstat that of the row, as what is under the cursor may be
--- a part only: braces and blanks are no letters of file names. Elsewhere `word`.
local function path_here(word)
  local line = vim.api.nvim_get_current_line()
  local is_in_path = vim.api.nvim_win_get_cursor(0)[2] < (line:find('|', 1, true) or 0)
  return is_in_path and path_in_row(line) or word
end

--- The file of the tree `root` that a path means; nil where there is none.
local function file_in(root, path)
  local ending = path:match('^%.%.%./(.*)$')
  if not stays_inside(ending or path) then
    return nil
  elseif not ending then
    local file = root .. '/' .. path
    return exists(file) and file or nil
  end
  local found = files_ending_in(root, ending)
  if #found > 1 then
    local message = ('patch-digest: %d files end in %s, this is the first'):format(#found, ending)
    vim.notify(message, vim.log.levels.INFO)
  end
  return found[1] and root .. '/' .. found[1]
end

--- The value of 'includeexpr': the file that `name`, the text under the cursor, means. Neovim asks
--- it only where the current folder has nothing of that name.
function M.file(name)
  return file_in(tree(), path_here(name)) or name
end

--- Opens the file that is meant by the text under the cursor, by an Ex command such as `edit`.
local function open(command)
  local root, path = tree(), path_here(vim.fn.expand('<cfile>'))
  if path == '' then
    return vim.notify('patch-digest: there is no file name under the cursor', vim.log.levels.WARN)
  end
  local file = file_in(root, path)
  if not file then
    local message = ('patch-digest: there is no file %s in %s'):format(entries.harmless(path), root)
    return vim.notify(message, vim.log.levels.WARN)
  end
  local ok, problem = pcall(vim.cmd, command .. ' ' .. vim.fn.fnameescape(file))
  if not ok then
    -- As without Lua in between: a changed text that cannot be left, for one.
    vim.notify((problem:gsub('^.-(E%d+: )', '%1')), vim.log.levels.ERROR)
  end
end

function M.edit()
  open('edit')
end

function M.split()
  open('split')
end

function M.open_tab()
  open('tabedit')
end

return M
