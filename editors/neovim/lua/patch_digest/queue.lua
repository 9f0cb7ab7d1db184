--- The queue: what of all digests concerns the reader, and the marks he makes. An ordinary buffer,
--- one line a series; the quickfix list has the same rows.
---
--- The server makes it, and keeps the marks. Tested by `tests/editors/nvim`.

local clipboard = require('patch_digest.copy')
local entries = require('patch_digest.entries')
local server = require('patch_digest.server')

local M = {}

local NAME = 'patch-digest-queue'
local namespace = vim.api.nvim_create_namespace('patch_digest_queue')
local TITLE = 'Patch queue'

--- What the keys of the queue mark a row as.
local MARKS = {
  r = 'reviewing',
  R = 'replied',
  w = 'waiting',
  a = 'accepted',
  x = 'archived',
  i = 'ignored',
  u = 'new',
}

--- What `:PatchDigest mark` takes.
M.words = { 'new', 'reviewing', 'replied', 'waiting', 'snoozed', 'accepted', 'archived', 'ignored' }

--- Filters of the queue, by their names in the request.
local filter = {}

--- The rows of the buffer, by line.
local rows = {}

--- Number of questions asked so far: only the answer to the last one is shown.
local n_asked = 0

--- Looks whether others change the file of marks, while the queue is in a window.
local poll = { path = nil, handle = nil }
local POLL_MS = 1000

--- The quickfix list with the rows.
local quickfix = 0

local function complain(text)
  vim.notify('patch-digest: ' .. text, vim.log.levels.WARN)
end

--- The number of the client that makes the queue: that of the digest in which it was asked for.
local maker = nil

--- Calls `act` with the client that makes the queue, else any, which is started if none runs.
local function with_client(act)
  -- One that starts is waited for.
  local client = maker and server.clients({ id = maker }, true)[1] or server.clients({}, true)[1]
  if not client then
    local missing = server.missing_program()
    if missing then
      return complain(('the language server `%s` was not found, see `:checkhealth patch_digest`'):format(missing))
    end
    local id = server.start_alone()
    client = id and vim.lsp.get_client_by_id(id)
    if not client then
      return complain('the language server could not be started, see `:checkhealth patch_digest`')
    end
  end
  -- Until it has answered the handshake it takes no requests.
  local n_polls = 0
  local function poll()
    n_polls = n_polls + 1
    if client.initialized then
      return act(client)
    elseif n_polls > 200 then
      return complain('the language server does not answer')
    end
    vim.defer_fn(poll, 25)
  end
  poll()
end

local function ask(client, method, params, answer)
  server.request(client, method, params, 0, function(err, result)
    if err then
      complain(err.message)
    elseif result and result ~= vim.NIL then
      answer(result)
    end
  end)
end

local function request(method, params, answer)
  with_client(function(client)
    ask(client, method, params, answer)
  end)
end

--- The buffer of the queue, once there is one.
local function buffer()
  local buf = vim.fn.bufnr('^' .. NAME .. '$')
  return buf > 0 and vim.api.nvim_buf_is_loaded(buf) and buf or nil
end

--- A row's identity, for finding it again after a change.
local function id_of(row)
  return row and ('%s#%d'):format(row.uri, row.entry)
end

--- The lines of the queue, and which rows they show.
local function render(queue)
  local lines, shown, marks, closed = {}, {}, {}, {}
  local function add(text, group)
    table.insert(lines, (text:gsub('[%c]', ' ')))
    if group then
      table.insert(marks, { #lines - 1, 0, #lines[#lines], group })
    end
  end
  add(queue.summary, 'PatchDigestFoldQuiet')
  if queue.hint and queue.hint ~= vim.NIL then
    add(queue.hint, 'PatchDigestFoldQuiet')
  end
  for _, trouble in ipairs(queue.troubles) do
    add(trouble, 'WarningMsg')
  end
  for name, value in pairs(filter) do
    add(('only %s: %s'):format(name, value), 'PatchDigestFoldQuiet')
  end
  -- So that titles stand below each other.
  local width = 0
  for _, section in ipairs(queue.sections) do
    for _, row in ipairs(section.rows) do
      width = math.max(width, vim.api.nvim_strwidth(row.place))
    end
  end
  for _, section in ipairs(queue.sections) do
    add('')
    add(section.heading, 'Title')
    local first = #lines
    for _, row in ipairs(section.rows) do
      local text = row.line
      if vim.startswith(text, row.place) then
        local pad = (' '):rep(width - vim.api.nvim_strwidth(row.place))
        text = row.place .. pad .. text:sub(#row.place + 1)
      end
      add(('  %s %s'):format(row.letter, text))
      shown[#lines] = row
      local line = lines[#lines]
      local from = line:find(row.name, 1, true)
      if from then
        local tag = row.name:match('^%[.-%]') or ''
        table.insert(marks, { #lines - 1, from - 1, from - 1 + #tag, 'PatchDigestFoldTag' })
        table.insert(marks, { #lines - 1, from - 1 + #row.name, #line, 'PatchDigestFoldQuiet' })
      end
    end
    if section.more > 0 then
      add(('  … %d more'):format(section.more), 'PatchDigestFoldQuiet')
    end
    if section.folded and #lines > first then
      table.insert(closed, { first, #lines })
    end
  end
  return lines, shown, marks, closed
end

--- The rows as a quickfix list, so that `]q` goes through them. Lists of others stay as they are,
--- and stay on top.
local function fill_quickfix(queue)
  local items = {}
  for _, section in ipairs(queue.sections) do
    if not section.folded then
      for _, row in ipairs(section.rows) do
        if row.range and row.range ~= vim.NIL then
          table.insert(items, {
            filename = vim.uri_to_fname(row.uri),
            lnum = row.range.start.line + 1,
            text = row.line,
          })
        end
      end
    end
  end
  local known = vim.fn.getqflist({ id = quickfix, title = 1, idx = 0 })
  if quickfix ~= 0 and known.id == quickfix then
    local at = math.max(1, math.min(known.idx, #items))
    vim.fn.setqflist({}, 'r', { id = quickfix, title = TITLE, items = items, idx = at })
  else
    vim.fn.setqflist({}, ' ', { title = TITLE, items = items })
    quickfix = vim.fn.getqflist({ id = 0 }).id
  end
end

local function stop_poll()
  if poll.handle then
    poll.handle:stop()
    poll.handle:close()
  end
  poll = {}
end

--- Asks again when another editor has changed the marks.
local function watch_marks(path)
  if path == vim.NIL then
    path = nil
  end
  if path == poll.path then
    return
  end
  stop_poll()
  if path then
    poll = { path = path, handle = vim.uv.new_fs_poll() }
    poll.handle:start(path, POLL_MS, vim.schedule_wrap(function()
      M.refresh()
    end))
  end
end

local function show(buf, queue)
  local wins = vim.fn.win_findbuf(buf)
  local keep = {}
  for _, win in ipairs(wins) do
    local lnum, column = unpack(vim.api.nvim_win_get_cursor(win))
    keep[win] = { id_of(rows[lnum]), lnum, column }
  end
  local lines, shown, marks, closed = render(queue)
  rows = shown
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
  vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  for _, mark in ipairs(marks) do
    local line, from, to, group = unpack(mark)
    vim.api.nvim_buf_set_extmark(buf, namespace, line, from, { end_col = to, hl_group = group, strict = false })
  end
  for _, win in ipairs(wins) do
    local id, lnum, column = unpack(keep[win])
    for line, row in pairs(rows) do
      if id and id_of(row) == id then
        lnum = line
      end
    end
    vim.api.nvim_win_call(win, function()
      vim.cmd('normal! zE')
      for _, range in ipairs(closed) do
        vim.cmd(('%d,%dfold'):format(range[1], range[2]))
      end
    end)
    vim.api.nvim_win_set_cursor(win, { math.min(lnum, #lines), column })
  end
  fill_quickfix(queue)
  watch_marks(queue.marksFile)
end

--- Asks for the queue again, if it is in a window; else it is asked for when it is shown next.
function M.refresh()
  local buf = buffer()
  if not buf or #vim.fn.win_findbuf(buf) == 0 then
    return stop_poll()
  end
  n_asked = n_asked + 1
  local asked = n_asked
  request('patchDigest/queue', { filter = next(filter) and filter or vim.empty_dict() }, function(queue)
    if asked == n_asked and vim.api.nvim_buf_is_loaded(buf) then
      show(buf, queue)
    end
  end)
end

local function row_here()
  local row = rows[vim.api.nvim_win_get_cursor(0)[1]]
  if not row then
    complain('there is no series on this line')
  end
  return row
end

--- Goes to the series of the row.
function M.open()
  local row = row_here()
  if not row then
    return
  end
  vim.cmd("normal! m'")
  local buf = vim.uri_to_bufnr(row.uri)
  vim.bo[buf].buflisted = true
  vim.api.nvim_set_current_buf(buf)
  if row.range and row.range ~= vim.NIL then
    local lnum = math.min(row.range.start.line + 1, vim.api.nvim_buf_line_count(buf))
    vim.api.nvim_win_set_cursor(0, { lnum, 0 })
    vim.cmd('silent! normal! zv')
  end
end

--- Marks a row, or with `note` changes its note.
local function mark_row(row, word, note)
  local params = { uri = row.uri, entry = row.entry, title = row.title, mark = word, note = note }
  request('patchDigest/mark', params, function()
    M.refresh()
  end)
end

local function mark_here(word)
  local row = row_here()
  if row then
    mark_row(row, word)
  end
end

function M.snooze()
  local row = row_here()
  if not row then
    return
  end
  vim.ui.input({ prompt = 'Snooze until (2026-12-01 or v5): ' }, function(when)
    if when and when ~= '' then
      mark_row(row, 'snoozed until ' .. when)
    end
  end)
end

function M.note()
  local row = row_here()
  if not row then
    return
  end
  vim.ui.input({ prompt = 'Note: ', default = row.note }, function(note)
    if note then
      mark_row(row, nil, note)
    end
  end)
end

--- Shows rows with a text only; `person:`, `path:` and `section:` filter by those.
function M.filter()
  vim.ui.input({ prompt = 'Only with (text, person:…, path:…, section:…): ' }, function(wanted)
    if wanted then
      M.set_filter(wanted)
    end
  end)
end

--- @param wanted string as `guest_memfd` or `person: Bibo`; empty for everything
function M.set_filter(wanted)
  wanted = vim.trim(wanted)
  local name, value = wanted:match('^(%l+):%s*(.*)$')
  if not vim.tbl_contains({ 'person', 'path', 'section', 'text' }, name) then
    name, value = 'text', wanted
  end
  filter = value ~= '' and { [name] = value } or {}
  M.refresh()
end

--- Copies rows for a mail: from the first line to the last one.
local function copy(first, last)
  local texts = {}
  for lnum = first, last do
    if rows[lnum] then
      table.insert(texts, rows[lnum].shared)
    end
  end
  if #texts == 0 then
    return complain('there is no series on this line')
  end
  clipboard.copy(table.concat(texts, '\n') .. '\n', ('%d series'):format(#texts))
end

function M.copy_selected()
  local first, last = vim.fn.line('v'), vim.fn.line('.')
  copy(math.min(first, last), math.max(first, last))
  vim.api.nvim_feedkeys(vim.keycode('<Esc>'), 'n', false)
end

--- The row under the cursor, or all of them.
function M.copy_row()
  local lnum = vim.fn.line('.')
  copy(lnum, lnum)
end

function M.copy_all()
  copy(1, vim.fn.line('$'))
end

--- Keys of the queue: name of the <Plug> mapping, mode, key, what it does.
local function keys()
  local all = {
    { 'open', 'n', '<CR>', M.open, 'Go to the series' },
    { 'snooze', 'n', 's', M.snooze, 'Snooze until a day or a version' },
    { 'note', 'n', 'N', M.note, 'Note' },
    { 'filter', 'n', '/', M.filter, 'Show a part' },
    { 'refresh', 'n', '<C-L>', M.refresh, 'Ask again' },
    { 'copy', 'n', 'yy', M.copy_row, 'Copy the row for a mail' },
    { 'copy', 'x', 'y', M.copy_selected, 'Copy the rows for a mail' },
    { 'copy-all', 'n', 'Y', M.copy_all, 'Copy the queue for a mail' },
  }
  for key, word in pairs(MARKS) do
    local mark = function()
      mark_here(word)
    end
    table.insert(all, { word, 'n', key, mark, 'Mark as ' .. word })
  end
  return all
end

local function prepare(buf)
  -- The groups of folds are used here, too.
  require('patch_digest.folds')
  vim.bo[buf].buftype = 'nofile'
  vim.bo[buf].bufhidden = 'hide'
  vim.bo[buf].swapfile = false
  vim.bo[buf].filetype = NAME
  local with_maps = not (vim.g.no_plugin_maps or vim.g.no_patchdigest_maps)
  for _, key in ipairs(keys()) do
    local name, mode, lhs, action, description = unpack(key)
    local plug = ('<Plug>(patch-digest-queue-%s)'):format(name)
    vim.keymap.set(mode, plug, action, { buffer = buf, desc = description })
    if with_maps then
      vim.keymap.set(mode, lhs, plug, { buffer = buf, remap = true, nowait = true, desc = description })
    end
  end
  vim.api.nvim_create_autocmd({ 'BufEnter', 'FocusGained' }, {
    buffer = buf,
    callback = function()
      M.refresh()
    end,
  })
  vim.api.nvim_create_autocmd('BufUnload', { buffer = buf, callback = stop_poll })
end

--- Shows the queue: of the repository of the digest or page shown now, else as before, else of any.
function M.show()
  local client = server.client_of(vim.api.nvim_get_current_buf(), true)
  maker = client and client.id or maker
  local buf = buffer()
  if not buf then
    buf = vim.api.nvim_create_buf(true, true)
    vim.api.nvim_buf_set_name(buf, NAME)
    prepare(buf)
  end
  vim.cmd("normal! m'")
  vim.api.nvim_set_current_buf(buf)
  vim.wo[0][0].foldmethod = 'manual'
  vim.wo[0][0].wrap = false
  vim.wo[0][0].foldtext = "getline(v:foldstart) .. ' …'"
  vim.wo[0][0].fillchars = 'fold: '
  M.refresh()
end

--- Has `client` mark a series, and tells what became of it.
local function mark_series(client, params)
  ask(client, 'patchDigest/mark', params, function(row)
    vim.notify(('patch-digest: %s, %s'):format(row.name, row.mark))
    M.refresh()
  end)
end

--- Marks the series under the cursor of a digest.
--- @param word string as `waiting` or `snoozed until v5`
function M.mark(word)
  local client = server.clients({ bufnr = 0 })[1]
  if not client then
    return complain('the language server does not run here, see `:checkhealth patch_digest`')
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.mark = word
  mark_series(client, params)
end

--- Calls `act` with the lines, in order, at which series of this digest begin that concern the reader.
local function with_wanted(act)
  local client = server.clients({ bufnr = 0 })[1]
  if not client then
    return complain('the language server does not run here, see `:checkhealth patch_digest`')
  end
  local buf = vim.api.nvim_get_current_buf()
  local params = { textDocument = vim.lsp.util.make_text_document_params(buf) }
  server.request(client, 'patchDigest/queue', params, buf, function(err, queue)
    if err or not queue or buf ~= vim.api.nvim_get_current_buf() then
      return
    end
    local lines = {}
    for _, section in ipairs(queue.sections) do
      for _, row in ipairs(section.rows) do
        if section.section ~= 'rest' and row.range and row.range ~= vim.NIL then
          table.insert(lines, row.range.start.line + 1)
        end
      end
    end
    if #lines == 0 then
      return complain('no series of this digest concerns you')
    end
    table.sort(lines)
    act(lines)
  end)
end

--- Jumps to the next (`step` 1) or previous (-1) of them.
local function jump(step)
  local count = vim.v.count1
  with_wanted(function(lines)
    local here = vim.api.nvim_win_get_cursor(0)[1]
    lines = vim.tbl_filter(function(lnum)
      return (lnum - here) * step > 0
    end, lines)
    local lnum = step > 0 and lines[math.min(count, #lines)] or lines[math.max(#lines + 1 - count, 1)]
    if lnum then
      vim.cmd("normal! m'")
      vim.api.nvim_win_set_cursor(0, { lnum, 0 })
    end
  end)
end

--- The lines at which entries of the series begin that those at `lines` belong to.
local function lines_of_series(lines)
  local all = entries.all(0)
  local is_lead = {}
  for _, lnum in ipairs(lines) do
    local entry = all[entries.index_at(all, lnum)]
    is_lead[entry and entry.lead or 0] = true
  end
  local found = {}
  for _, entry in ipairs(all) do
    if is_lead[entry.lead] then
      table.insert(found, entry.lnum)
    end
  end
  return found
end

--- Closes all folds but those of series that concern the reader.
function M.fold_others()
  with_wanted(function(lines)
    lines = vim.tbl_filter(function(lnum)
      return vim.fn.foldlevel(lnum) > 0
    end, lines_of_series(lines))
    -- Where the user folds in a way of his own, or sees differences.
    if #lines == 0 then
      return complain("the entries have no folds in this window, see 'foldmethod'")
    end
    local view = vim.fn.winsaveview()
    vim.cmd('normal! zM')
    for _, lnum in ipairs(lines) do
      vim.cmd(('silent! %dfoldopen'):format(lnum))
    end
    vim.fn.winrestview(view)
  end)
end

--- The next series of this digest that concerns the reader.
function M.next_wanted()
  jump(1)
end

function M.previous_wanted()
  jump(-1)
end

--- What the server may ask of the editor, by name.
M.commands = {
  ['patchDigest.refreshQueue'] = function()
    M.refresh()
  end,
  ['patchDigest.mark'] = function(command, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    if client then
      mark_series(client, command.arguments[1])
    end
  end,
}

return M
