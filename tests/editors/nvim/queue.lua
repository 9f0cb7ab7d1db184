--- The queue: rows, marks, notes, filters, and the motions between what concerns the reader.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

describe('queue', function()
  local folder = t.scratch .. '/queue'
  local first
  for _, path in ipairs(t.corpus()) do
    local name = vim.fs.basename(path)
    local copy = t.file('queue/' .. name, t.read(path))
    first = name == 'kvm-fff46e5c7-a4f0e95a9.txt' and copy or first
  end
  vim.fn.mkdir(folder .. '/.git', 'p')
  local marks = folder .. '/marks'
  t.file('queue/.patch-digest.toml', ('[queue]\nstate = "marks"\n[queue.watch]\npaths = ["arch/x86/kvm/"]\n'))

  t.with_child({}, function(child)
    child:edit(first)
    child:attach()
    child:command('PatchDigest queue')

    local function lines()
      return child:lua('return vim.api.nvim_buf_get_lines(0, 0, -1, false)')
    end

    --- Waits until a line matches, and gives its number.
    local function line_with(pattern)
      local found
      local came = vim.wait(t.patience_ms, function()
        for lnum, line in ipairs(lines()) do
          if line:find(pattern) then
            found = lnum
            return true
          end
        end
        child:lua('require("patch_digest.queue").refresh()')
        return false
      end, 100)
      expect(came, '%s did not come; there is:\n%s', pattern, table.concat(lines(), '\n'))
      return found
    end

    it('shows what concerns the reader, in sections', function()
      line_with('^4 digests · 24 series')
      expect(line_with('^New, %d+$') > line_with('^Fixes, %d+$'), 'fixes come first')
      line_with('KVM: SEV: use mutex guards .*Carlos López.*%(arch/x86/kvm/%)$')
      child:wait_for('vim.fn.getqflist({ title = 1 }).title == ...', 'Patch queue')
    end)

    it('<CR> goes to the series, CTRL-O back', function()
      child:go_to(line_with('KVM: SEV: use mutex guards'), 0)
      child:keys('<CR>')
      child:wait_for('vim.fs.basename(vim.api.nvim_buf_get_name(0)) == ...', 'kvm-fff46e5c7-a4f0e95a9.txt')
      expect_equal(child:lnum(), 393)
      child:keys('<C-o>')
      child:wait_for('vim.bo.filetype == ...', 'patch-digest-queue')
    end)

    it('a key marks, and the row moves to its section', function()
      child:go_to(line_with('KVM: SEV: use mutex guards'), 0)
      child:keys('w')
      line_with('^  w .*KVM: SEV: use mutex guards.* · waiting')
      line_with('^Waiting, stuck, 1$')
      expect(t.read(marks):find('KVM: SEV: use mutex guards.*\tv1\twaiting'), 'the mark is not in the file')
    end)

    it('a filter shows a part', function()
      child:lua('require("patch_digest.queue").set_filter("text: guest_memfd")')
      line_with('^only text: guest_memfd$')
      child:wait_for('not table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false)):find(...)', 'IBPB')
      child:lua('require("patch_digest.queue").set_filter("")')
      line_with('IBPB')
    end)

    it('rows are copied with a link each', function()
      child:go_to(line_with('KVM: SEV: use mutex guards'), 0)
      child:keys('yy')
      child:wait_for('vim.fn.getreg(\'"\'):find(...) ~= nil', 'https://')
    end)

    it(']w and [w go between what concerns the reader', function()
      child:edit(first)
      child:command('normal! zR')
      child:go_to(1, 0)
      child:keys(']w')
      child:wait_for('vim.fn.line(".") == ...', 393)
      child:keys(']w')
      child:wait_for('vim.fn.line(".") == ...', 588)
      child:keys('[w')
      child:wait_for('vim.fn.line(".") == ...', 393)
    end)

    it('the outline tells what concerns the reader, and why', function()
      local found = 0
      local function look(symbols)
        for _, symbol in ipairs(symbols) do
          found = found + ((symbol.detail or ''):find('concerns you: ', 1, true) and 1 or 0)
          look(symbol.children or {})
        end
      end
      look(child:request('textDocument/documentSymbol', {}))
      expect_equal(found, 2)
    end)

    it('all others are folded away', function()
      child:command('PatchDigest fold-others')
      child:wait_for('vim.fn.foldclosed(48) == 47')
      expect_equal(child:lua('return { vim.fn.foldclosed(394), vim.fn.foldclosed(590), vim.fn.foldclosed(434) }'), { -1, -1, 433 })
    end)

    it('series that concern the reader are open with all their patches', function()
      local patch = child:line_of('[PATCH 1/6] KVM: SEV: use mutex guard in snp_launch_update()')
      expect_equal(child:lua('return vim.fn.foldclosed(...)', patch), -1)
    end)

    it('says so where there are no folds', function()
      for _, command in ipairs({ 'setlocal foldmethod=manual | normal! zE', 'diffthis' }) do
        child:command(command)
        child:lua('Notices, vim.v.errmsg = {}, ""')
        child:command('PatchDigest fold-others')
        child:wait_for('#Notices > 0')
        local notice = "patch-digest: the entries have no folds in this window, see 'foldmethod'"
        expect_equal(child:lua('return { Notices, vim.v.errmsg }'), { { notice }, '' })
      end
      child:command('diffoff')
      child:command('setlocal foldmethod=expr')
    end)

    it(':PatchDigest mark marks the series under the cursor', function()
      child:go_to(588, 0)
      child:command('PatchDigest mark reviewing')
      expect(
        vim.wait(t.patience_ms, function()
          return t.read(marks):find('\treviewing') ~= nil
        end, 50),
        'the mark is not in the file'
      )
    end)
  end)
end)
