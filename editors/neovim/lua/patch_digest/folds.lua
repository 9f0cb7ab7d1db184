--- Folds of a digest: closed, every entry and both tables are one line that says what is inside;
--- so are long diffstats within an entry.
---
--- 'foldexpr' is asked line by line, and again only near a change, so that it must tell a line by
--- itself and its neighbours. That is why the server's ranges are not used: on a digest of ten
--- megabytes every answer would mean to go through all lines anew. It also works without the
--- server, and alike in all versions of Neovim. Tested by `tests/editors/nvim`.

local entries = require('patch_digest.entries')
local known = require('patch_digest.known')

local M = {}

M.expr = "v:lua.require'patch_digest.folds'.level(v:lnum)"
M.text = "v:lua.require'patch_digest.folds'.closed()"

--- A diffstat of more rows is folded inside its entry.
local MOST_ROWS = 15

--- A closed table names no more people than that.
local MOST_NAMES = 20

local harmless = entries.harmless

local get_line = vim.fn.getline

--- The text of a line of the current buffer; nil outside of it.
local function line_at(lnum)
  if lnum >= 1 and lnum <= vim.api.nvim_buf_line_count(0) then
    return get_line(lnum)
  end
end

--- ` arch/x86/kvm/svm/sev.c | 135 ++++----`
local function is_row(line)
  -- Plain looks first: this is asked of every line of a digest.
  if line == nil or line:byte(1) ~= 32 or not line:find('|', 3, true) then
    return false
  end
  return line:find('^ [^|]*[^|%s] +|%s*%d+[%s+-]*$') ~= nil or line:find('^ [^|]*[^|%s] +|%s*Bin') ~= nil
end

--- Whether the `MOST_ROWS` lines beyond `lnum`, in steps of `step`, are rows too.
local function is_long_run(lnum, step)
  for distance = 1, MOST_ROWS do
    if not is_row(line_at(lnum + step * distance)) then
      return false
    end
  end
  return true
end

local function row_level(lnum)
  if not is_row(line_at(lnum - 1)) then
    return is_long_run(lnum, 1) and '>2' or '='
  elseif not is_row(line_at(lnum + 1)) then
    return is_long_run(lnum, -1) and '<2' or '='
  end
  return '='
end

--- By buffer: the change it was found after, and the first entry's line.
local first_entries = {}

--- Whether line `lnum` stands above the entries, where tables and sections do.
local function is_above_entries(lnum)
  local buf, tick = vim.api.nvim_get_current_buf(), vim.b.changedtick
  local found = first_entries[buf]
  if not found or found.tick ~= tick then
    found = { tick = tick, lnum = math.huge }
    for candidate = 1, math.min(vim.api.nvim_buf_line_count(buf), 1000) do
      local line = get_line(candidate)
      if line:byte(1) == 78 and entries.starts(line_at, candidate, line) then
        found.lnum = candidate
        break
      end
    end
    first_entries[buf] = found
  end
  return lnum < found.lnum
end

--- The value of 'foldexpr' for a line of the current buffer.
function M.level(lnum)
  local line = get_line(lnum)
  local first = line:byte(1)
  if first == 32 then
    if is_row(line) then
      return row_level(lnum)
    end
    return line:byte(2) == 83 and entries.is_log(line_at, lnum, line) and '0' or '='
  elseif first == 78 then
    return entries.starts(line_at, lnum, line) and '>1' or '='
  elseif first == 69 then
    return entries.is_log(line_at, lnum, line) and '0' or '='
  elseif first == 84 then
    return entries.is_table(line) and is_above_entries(lnum) and '>1' or '='
  elseif first == 61 then
    return entries.is_section(line) and is_above_entries(lnum) and '0' or '='
  end
  return '='
end

------------------------------------------------------------------------------------------
-- What a closed fold shows

--- `1 file`, `2 files`
local function count(number, what)
  return ('%d %s%s'):format(number, what, number == 1 and '' or what == 'patch' and 'es' or 's')
end

--- The last diffstat's sums between two lines: files, insertions, deletions.
local function sums(first, last)
  -- They stand at the end; what is further away belongs to the text.
  local lines = vim.api.nvim_buf_get_lines(0, math.max(first - 1, last - 60), last, false)
  for idx = #lines, 1, -1 do
    local files = lines[idx]:match('^%s+(%d+) files? changed')
    if files then
      local added = lines[idx]:match('(%d+) insertion')
      local removed = lines[idx]:match('(%d+) deletion')
      return tonumber(files), tonumber(added), tonumber(removed)
    end
  end
end

--- Adds ` · text` to `chunks`, in the colours of `group`.
local function add(chunks, text, group)
  if text and text ~= '' then
    table.insert(chunks, { ' · ', 'PatchDigestFoldQuiet' })
    table.insert(chunks, { text, group })
  end
end

local function add_sums(chunks, added, removed)
  if added then
    table.insert(chunks, { ' +' .. added, 'PatchDigestFoldAdded' })
  end
  if removed then
    table.insert(chunks, { ' −' .. removed, 'PatchDigestFoldRemoved' })
  end
end

local function width_of(chunks)
  local width = 0
  for _, chunk in ipairs(chunks) do
    width = width + vim.api.nvim_strwidth(chunk[1])
  end
  return width
end

--- `text` in at most `width` columns.
local function shortened(text, width)
  if vim.api.nvim_strwidth(text) <= width then
    return text
  end
  -- Hardly a letter is narrower than a column: the rest of a very long title is not looked at.
  local n_chars = 2 * width
  repeat
    n_chars = n_chars - 1
    text = vim.fn.strcharpart(text, 0, n_chars)
  until vim.api.nvim_strwidth(text) < width
  return text:gsub('%s+$', '') .. '…'
end

--- Columns of the current window that text has.
local function text_width()
  local info = vim.fn.getwininfo(vim.api.nvim_get_current_win())[1]
  return info.width - info.textoff
end

--- `[v4 0/2] LoongArch: KVM: Add … · Bibo Mao · 2 patches +85 −3`
local function entry_text(first, last)
  local entry = entries.head(line_at, first)
  local more = known.of_entry(vim.api.nvim_get_current_buf(), entry)
  local n_files, added, removed = sums(first, last)
  local chunks = {}
  add(chunks, harmless(more.name or entry.name), 'PatchDigestFoldPerson')
  if entry.number == 0 and entry.total then
    add(chunks, count(entry.total, 'patch'), 'PatchDigestFoldQuiet')
  elseif n_files then
    add(chunks, count(n_files, 'file'), 'PatchDigestFoldQuiet')
  end
  add_sums(chunks, added, removed)
  add(chunks, more.badges, 'PatchDigestFoldBadge')

  local tag = harmless(entries.short_tag(entry))
  tag = tag ~= '' and '[' .. tag .. '] ' or ''
  local left = text_width() - vim.api.nvim_strwidth(tag) - width_of(chunks)
  local title = more.title or entry.title
  title = harmless(title ~= '' and title or '(no title)')
  table.insert(chunks, 1, { shortened(title, math.max(left, 20)), 'PatchDigestFoldTitle' })
  table.insert(chunks, 1, { tag, 'PatchDigestFoldTag' })
  return chunks
end

--- `Top 15 contributors · 7 rows · Sascha Bischoff 54, Wanpeng Li 10, …`
local function table_text(first, last)
  local lines = vim.api.nvim_buf_get_lines(0, first - 1, last, false)
  local names, n_rows = {}, 0
  for _, line in ipairs(lines) do
    local number, who = line:match('^%s*(%d+)%s+(%S.*)$')
    n_rows = n_rows + (number and 1 or 0)
    if number and #names < MOST_NAMES then
      who = vim.trim(who)
      local address = who:match('<([^<>]*)>')
      local name = who:gsub('%s*<[^<>]*>.*$', ''):gsub('^"(.*)"$', '%1')
      -- An encoded word says less than the address; the server knows the name.
      if name:find('^=%?') then
        name = known.name(vim.api.nvim_get_current_buf(), address) or address
      end
      table.insert(names, ('%s %s'):format(name, number))
    end
  end
  local heading = lines[1]:gsub('%s*%(Based on Email Body%)', '')
  local chunks = { { harmless(heading), 'PatchDigestFoldTitle' } }
  add(chunks, count(n_rows, 'row'), 'PatchDigestFoldQuiet')
  local left = text_width() - width_of(chunks) - 3
  add(chunks, shortened(harmless(table.concat(names, ', ')), math.max(left, 10)), 'PatchDigestFoldQuiet')
  return chunks
end

--- ` Documentation/virt/kvm/api.rst … virt/kvm/kvm_main.c · 47 rows`
local function diffstat_text(first, last)
  local function path(lnum)
    return harmless(vim.trim(get_line(lnum):match('^(.-)|') or ''))
  end
  local chunks = { { (' %s … %s'):format(path(first), path(last)), 'PatchDigestFoldQuiet' } }
  add(chunks, count(last - first + 1, 'row'), 'PatchDigestFoldQuiet')
  return chunks
end

--- The value of 'foldtext': what the closed fold that is being drawn shows.
function M.closed()
  local first, last = vim.v.foldstart, vim.v.foldend
  local line = get_line(first)
  if entries.starts(line_at, first, line) then
    return entry_text(first, last)
  elseif entries.is_table(line) then
    return table_text(first, last)
  elseif is_row(line) then
    return diffstat_text(first, last)
  end
  return vim.fn.foldtext()
end

--- Forgets a buffer.
function M.forget(buf)
  first_entries[buf] = nil
end

--- The groups that closed folds and the outline are drawn in; users may define their own.
--- Names of groups differ in more than case from those of the syntax.
local function define_groups()
  for name, group in pairs({
    Tag = 'Label',
    Person = 'Identifier',
    Quiet = 'Comment',
    Added = 'Added',
    Removed = 'Removed',
    Badge = 'WarningMsg',
  }) do
    vim.api.nvim_set_hl(0, 'PatchDigestFold' .. name, { link = group, default = true })
  end
  -- Not linked: the background of closed folds is to show through.
  local normal = vim.api.nvim_get_hl(0, { name = 'Normal', link = false })
  vim.api.nvim_set_hl(0, 'PatchDigestFoldTitle', { fg = normal.fg, ctermfg = normal.ctermfg, default = true })
end

define_groups()
vim.api.nvim_create_autocmd('ColorScheme', {
  group = vim.api.nvim_create_augroup('patch_digest_folds', {}),
  callback = define_groups,
})

return M
