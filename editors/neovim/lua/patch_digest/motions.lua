--- Motions by entry and by series. Tested by `tests/editors/nvim`.

local entries = require('patch_digest.entries')

local M = {}

--- Lines to jump between: those where entries start, or only those of entries that lead a series.
local function targets(by_series)
  local all = entries.all(vim.api.nvim_get_current_buf())
  local lines = {}
  for idx, entry in ipairs(all) do
    if not by_series or entry.lead == idx then
      table.insert(lines, entry.lnum)
    end
  end
  return lines
end

--- Moves to the `count`-th target below (`step` 1) or above (`step` -1) the cursor, as far as there
--- are any.
local function jump(by_series, step)
  local lines = targets(by_series)
  local here = vim.api.nvim_win_get_cursor(0)[1]
  -- The index of the nearest target that is not on the cursor's line.
  local idx = step > 0 and #lines + 1 or 0
  for candidate = step > 0 and #lines or 1, step > 0 and 1 or #lines, -step do
    if (lines[candidate] - here) * step <= 0 then
      break
    end
    idx = candidate
  end
  idx = idx + (vim.v.count1 - 1) * step
  idx = math.max(1, math.min(idx, #lines))
  local lnum = lines[idx]
  if lnum and (lnum - here) * step > 0 then
    vim.cmd("normal! m'")
    vim.api.nvim_win_set_cursor(0, { lnum, 0 })
  end
end

function M.next_entry()
  jump(false, 1)
end

function M.previous_entry()
  jump(false, -1)
end

--- Onto cover letters; onto the first entry where a series has none here, and onto single patches.
function M.next_series()
  jump(true, 1)
end

function M.previous_series()
  jump(true, -1)
end

return M
