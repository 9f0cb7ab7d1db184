--- The entries of a digest by their lines: where they start, what their heads say, which of them
--- are one series. Folds, motions and the outline work with it, with and without the server.
---
--- An entry starts where the server has it start. Which entries are one series is simpler here:
--- neighbours by one poster, of one version and one number of patches. Tested by `tests/editors/nvim`,
--- which compares both with the server's outline.

local M = {}

--- A digest's entry.
--- @class patch_digest.Entry
--- @field lnum integer line of `New:`
--- @field last integer its last line, blank lines and log lines below it left out
--- @field subject integer? line of the subject
--- @field tag string `PATCH v4 0/2`: the words of all bracketed groups
--- @field number integer? the 0 of `0/2`
--- @field total integer? the 2 of `0/2`
--- @field title string
--- @field name string name of the poster
--- @field email string
--- @field lead integer index of the entry that stands for its series: the cover letter, else the first

local separator = ('-'):rep(70)

--- `text` without letters that would garble a line: digests are mail from strangers.
function M.harmless(text)
  return vim.fn.substitute(text, [=[[[:cntrl:]\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]]=], '', 'g')
end

--- A line of exactly 70 dashes.
function M.is_separator(line)
  return line:sub(1, 70) == separator and line:find('^%s*$', 71) ~= nil
end

--- `[PATCH v2 1/3] title`, not `[1] https://...`
local function is_subject(line)
  local from = 1
  while true do
    local _, last, inside = line:find('^%s*%[([^%]]*)%]', from)
    if not last or #inside > 200 then
      return false
    end
    inside = inside:upper()
    if inside:find('PATCH', 1, true) or inside:find('PULL', 1, true) or inside:find('RFC', 1, true) then
      return true
    end
    from = last + 1
  end
end

local function is_author(line)
  return line ~= nil and line:sub(1, 7) == 'Author:'
end

--- A heading is short, and on long lines the patterns for them are slow.
local MOST_BYTES = 200

--- `===== Patch Commit Messages ====` and its like; not the headings of tables.
function M.is_section(line)
  if #line > MOST_BYTES then
    return false
  end
  local words = line:match('^=[=%s]*(.-)[=%s]*$')
  return words == 'Patch list in this time period' or words == 'Patch Commit Messages'
end

--- `Top 15 contributors (Based on Email Body)`
function M.is_table(line)
  if #line > MOST_BYTES then
    return false
  end
  local what = line:match('^Top %d+ (.-) %(Based on Email Body%)%s*$')
  return what == 'contributors' or what == 'contributor Email domains'
end

--- `Exist: [PATCH] title`, ` Skip: [PATCH] title`
local function is_log(line)
  return line:find('^Exist: %[') ~= nil or line:find('^ ?Skip: %[') ~= nil
end

--- The last line above `lnum` that is not blank.
local function line_above(line_at, lnum)
  for above = lnum - 1, 1, -1 do
    local line = line_at(above)
    if line:find('%S') then
      return line
    end
  end
end

--- Whether an entry starts on line `lnum`, which reads `line`. `line_at` gives lines by number.
function M.starts(line_at, lnum, line)
  if line:sub(1, 4) ~= 'New:' then
    return false
  end
  local first, second = line_at(lnum + 1), line_at(lnum + 2)
  local subject = first ~= nil and is_subject(first)
  local author = is_author(first) or is_author(second)
  if not line:find('^  ', 5) and line:find('%S', 5) then
    -- Loosely written: in prose, such a word is common.
    return subject and author
  elseif subject or author then
    return true
  end
  local above = line_above(line_at, lnum)
  return above ~= nil and (M.is_separator(above) or M.is_section(above) or is_log(above))
end

--- Whether line `lnum`, which reads `line`, is a log line between entries.
function M.is_log(line_at, lnum, line)
  if not is_log(line) then
    return false
  end
  local above = line_above(line_at, lnum)
  if above and (M.is_separator(above) or M.is_section(above) or is_log(above)) then
    return true
  end
  -- Inside a message, only a pair of them is believed.
  local below = line_at(lnum + 1)
  return line:find('^Exist:') ~= nil and below ~= nil and below:find('^ ?Skip: %[') ~= nil
end

--- Tag and title of a subject.
local function parse_subject(line)
  local words, from = {}, 1
  while true do
    local _, last, inside = line:find('^%s*%[([^%]]*)%]', from)
    if not last then
      return table.concat(words, ' '), vim.trim(line:sub(from))
    end
    table.insert(words, vim.trim(inside))
    from = last + 1
  end
end

--- What the head of the entry on line `lnum` says.
--- @return patch_digest.Entry
function M.head(line_at, lnum)
  local first, second, third = line_at(lnum) or '', line_at(lnum + 1) or '', line_at(lnum + 2) or ''
  local entry = { lnum = lnum, tag = '', title = vim.trim(first:sub(5)), name = '', email = '' }
  local author = second
  if second:find('^%[') or (is_author(third) and second:find('%S') and not is_author(second)) then
    entry.subject = lnum + 1
    author = third
    local tag, title = parse_subject(second)
    entry.tag = tag
    entry.title = entry.title ~= '' and entry.title or title
    local number, total = tag:match('%f[%w](%d+)/(%d+)%f[%W]')
    entry.number, entry.total = tonumber(number), tonumber(total)
  end
  if is_author(author) then
    local text = vim.trim(author:sub(8))
    local name, email = text:match('^(.-)%s*<([^<>]*)>')
    entry.name, entry.email = name or '', email or text
    entry.name = entry.name:gsub('^"(.*)"$', '%1')
    if entry.name == '' then
      entry.name = entry.email
    end
  end
  return entry
end

--- What entries of one series share. Other words of the tag often stand in the cover letter alone.
local function series_key(entry)
  local version = entry.tag:match('%f[%a][vV](%d[%w.]*)') or entry.tag:match('[vV](%d[%w.]*)') or '1'
  return entry.total and table.concat({ entry.email:lower(), version, entry.total }, '\0')
end

--- Sets `lead` of all entries.
local function find_series(entries)
  local first = 1
  for idx = 1, #entries do
    local key = series_key(entries[idx])
    local is_last = idx == #entries or key == nil or series_key(entries[idx + 1]) ~= key
    if is_last then
      local lead = first
      for member = first, idx do
        if entries[member].number == 0 then
          lead = member
          break
        end
      end
      for member = first, idx do
        entries[member].lead = lead
      end
      first = idx + 1
    end
  end
end

--- By buffer: the change it was found after, and its entries.
local cache = {}

--- All entries of buffer `buf`, in order.
--- @return patch_digest.Entry[]
function M.all(buf)
  buf = buf == 0 and vim.api.nvim_get_current_buf() or buf
  local tick = vim.api.nvim_buf_get_changedtick(buf)
  if cache[buf] and cache[buf].tick == tick then
    return cache[buf].entries
  end
  local lines = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  local function line_at(lnum)
    return lines[lnum]
  end
  local entries = {}
  for lnum = 1, #lines do
    local line = lines[lnum]
    -- `N` is 78: comparing bytes is many times faster than taking strings apart.
    if line:byte(1) == 78 and M.starts(line_at, lnum, line) then
      table.insert(entries, M.head(line_at, lnum))
    end
  end
  find_series(entries)
  cache[buf] = { tick = tick, entries = entries }
  return entries
end

--- Forgets what is known of a buffer.
function M.forget(buf)
  cache[buf] = nil
end

--- Index of the entry that holds line `lnum`, 0 above the first.
function M.index_at(entries, lnum)
  local low, high = 0, #entries
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if entries[middle].lnum <= lnum then
      low = middle
    else
      high = middle - 1
    end
  end
  return low
end

--- The tag as a reader wants it: `v4 0/2`, `RFC 0/3`, `kvmtool 00/17`; that of a single patch in full.
function M.short_tag(entry)
  if not entry.number then
    return entry.tag
  end
  local words = {}
  for word in entry.tag:gmatch('%S+') do
    local rest = word:gsub('^[Pp][Aa][Tt][Cc][Hh]', '')
    if rest ~= '' then
      table.insert(words, rest)
    end
  end
  return table.concat(words, ' ')
end

return M
