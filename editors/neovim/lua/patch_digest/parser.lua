--- The tree-sitter parser: finding it, and compiling it where the user asks for that.
---
--- Neovim comes with parsers for a few languages only, and plugins ship theirs as source. Nothing is
--- compiled unasked; without the parser, `syntax/patchdigest.vim` colours digests.
--- Tested by `tests/editors/nvim`.

local M = {}

M.language = 'patchdigest'

--- The folder of this plugin.
local function plugin_folder()
  local here = debug.getinfo(1, 'S').source:sub(2)
  return vim.fn.fnamemodify(vim.fn.resolve(here), ':p:h:h:h')
end

--- The folder of the parser's source: beside the plugin where it was packed with it, else in the
--- checkout that the plugin is a part of.
function M.source()
  local plugin = plugin_folder()
  for _, folder in ipairs({ plugin .. '/tree-sitter', vim.fn.fnamemodify(plugin, ':h:h') .. '/syntax/tree-sitter' }) do
    if vim.uv.fs_stat(folder .. '/src/parser.c') then
      return folder .. '/src'
    end
  end
end

--- Where `install` puts the parser: a folder that Neovim looks into by itself.
function M.target()
  return vim.fs.normalize(vim.fn.stdpath('data') .. '/site/parser/' .. M.language .. '.so')
end

--- The parser that would be used, if there is one.
function M.installed()
  local found = vim.api.nvim_get_runtime_file('parser/' .. M.language .. '.*', false)[1]
  if not found and vim.uv.fs_stat(M.target()) then
    -- `--clean` leaves that folder out of the runtime path.
    found = M.target()
  end
  return found
end

--- The text that tells of which source a parser was made.
local function fingerprint(source)
  local file = io.open(source .. '/parser.c', 'rb')
  if not file then
    return nil
  end
  local text = file:read('*a')
  file:close()
  return vim.fn.sha256(text)
end

local function note_of(parser)
  return parser .. '.source'
end

--- Whether the parser that `install` made is of the source that the plugin has now; nil for
--- another's parser.
function M.is_current()
  local parser, source = M.installed(), M.source()
  local note = parser and io.open(note_of(parser), 'rb')
  if not note or not source then
    return nil
  end
  local made_of = note:read('*a')
  note:close()
  return vim.trim(made_of) == fingerprint(source)
end

--- Makes the parser known to Neovim; an explanation if that fails.
function M.load()
  local parser = M.installed()
  if not parser then
    return 'it is not installed'
  end
  -- 0.10 raises, later versions return what went wrong.
  local ok, added, problem = pcall(vim.treesitter.language.add, M.language, { path = parser })
  if not ok or added == false then
    return tostring(problem or added)
  end
  -- Queries of this version need nodes that an older parser may not have.
  local has_query, query = pcall(vim.treesitter.query.get, M.language, 'highlights')
  if not has_query or not query then
    return has_query and 'its queries are not on the runtime path' or tostring(query)
  end
end

--- Bytes up to which a version of Neovim that parses at one go, while one waits, is made to.
local MOST_AT_ONE_GO = 4 * 1024 * 1024

--- Colours a buffer with the parser, if that is possible.
function M.start(buf)
  if not M.installed() or M.load() then
    return false
  end
  local n_bytes = vim.api.nvim_buf_get_offset(buf, vim.api.nvim_buf_line_count(buf))
  if vim.fn.has('nvim-0.11') == 0 and n_bytes > MOST_AT_ONE_GO then
    return false
  end
  return (pcall(vim.treesitter.start, buf, M.language))
end

--- The C compiler to use.
function M.compiler()
  for _, name in ipairs({ vim.env.CC or '', 'cc', 'gcc', 'clang' }) do
    if name ~= '' and vim.fn.executable(name) == 1 then
      return name
    end
  end
end

--- Compiles the parser, puts it where Neovim finds it, and colours the digests that are open.
--- `done` is called with an explanation if it fails.
function M.install(done)
  local source, compiler, target = M.source(), M.compiler(), M.target()
  if not source then
    return done('the source of the parser is missing: it is in the folder syntax of the checkout')
  elseif not compiler then
    return done('no C compiler was found; install one, or name it in the variable CC')
  end
  vim.fn.mkdir(vim.fs.dirname(target), 'p')
  -- A file that is in use must not be written to: the new one takes its place as a whole.
  local new = ('%s.%d'):format(target, vim.uv.os_getpid())
  local command = { compiler, '-O2', '-shared', '-fPIC', '-I', source, '-o', new, source .. '/parser.c' }
  vim.system(command, { text = true }, vim.schedule_wrap(function(result)
    if result.code ~= 0 then
      vim.uv.fs_unlink(new)
      return done(('`%s` ended with %d: %s'):format(table.concat(command, ' '), result.code, result.stderr))
    end
    local ok, problem = vim.uv.fs_rename(new, target)
    if not ok then
      return done(problem)
    end
    local note = io.open(note_of(target), 'wb')
    if note then
      note:write(fingerprint(source), '\n')
      note:close()
    end
    problem = M.load()
    if not problem then
      for _, buf in ipairs(vim.api.nvim_list_bufs()) do
        if vim.api.nvim_buf_is_loaded(buf) and vim.bo[buf].filetype == 'patchdigest' then
          M.start(buf)
        end
      end
    end
    done(problem)
  end))
end

return M
