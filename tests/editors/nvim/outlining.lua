--- `gO`: the series, then the patches, and the way back into the digest.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

describe('outline', function()
  t.with_child({}, function(child)
    child:edit(t.sample_copy('outline'))
    child:attach()
    local lines = 'return vim.api.nvim_buf_get_lines(0, 0, -1, false)'

    it('gO shows the series, with the one under the cursor chosen', function()
      child:go_to(child:line_of(t.patch))
      child:keys('gO')
      child:wait_for("vim.bo.buftype == 'quickfix'")
      local rows = child:lua(lines)
      expect_equal(#rows, 7)
      expect_equal(rows[5], '[v4 0/2] LoongArch: KVM: Add paravirt preempt support  Bibo Mao · 8 files +85 −3 · UAPI')
      expect_equal(child:lnum(), 5)
      local title = child:lua('return vim.w.quickfix_title')
      expect_equal(title, 'KVM fff46e5c7..a4f0e95a9  81 mails · 6 series · 1 mail without entry')
    end)

    it('a second press shows the patches too, a third the series only', function()
      child:keys('gO')
      child:wait_for('vim.fn.line("$") > 7')
      local rows = child:lua(lines)
      expect_equal(#rows, 7 + 4 + 17 + 36 + 6 + 2 + 9)
      expect_equal(rows[2], '  1/4 KVM: selftests: arm64: Report set_id_reg reads of test registers as tests')
      child:keys('gO')
      child:wait_for('vim.fn.line("$") == 7')
    end)

    it('gO in the digest does the same while the list is open', function()
      child:command('wincmd p')
      expect_equal(child:lua('return vim.bo.filetype'), 'patchdigest')
      child:keys('gO')
      child:wait_for("vim.bo.buftype == 'quickfix' and vim.fn.line('$') > 7")
    end)

    it('Enter leads to the row, and opens its fold', function()
      local rows = child:lua(lines)
      local row = vim.fn.index(rows, '  1/2 ' .. t.patch_title) + 1
      expect(row > 0, 'no row for the patch')
      child:go_to(row)
      child:keys('<CR>')
      child:wait_for("vim.bo.filetype == 'patchdigest'")
      expect_equal(child:lnum(), child:line_of(t.patch))
      expect_equal(child:lua("return vim.fn.foldclosed('.')"), -1)
    end)

    it('on the screen, rows carry no file names', function()
      child:command('lclose')
      child:keys('gO')
      child:wait_for_screen('[kvmtool 00/17] arm64: Support GICv5-based guests  Sascha Bischoff · 19 files +415 −50')
      child:command('lclose')
    end)

    it('is one list, however often it is asked for', function()
      expect_equal(child:lua('return vim.fn.getloclist(0, { nr = "$" }).nr'), 1)
    end)

    --- What the outline leaves in the window with the location list.
    local traces = [[
      local namespace = vim.api.nvim_get_namespaces().patch_digest_outline
      return {
        colours = #vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, {}),
        key = vim.fn.maparg('gO', 'n', false, true).buffer or 0,
        syntax = vim.bo.syntax,
        wrap = vim.wo.wrap,
      }
    ]]
    local none = { colours = 0, key = 0, syntax = 'qf', wrap = true }

    it('leaves nothing in another list', function()
      child:keys('gO')
      child:wait_for("vim.bo.buftype == 'quickfix'")
      local dressed = child:lua(traces)
      expect(dressed.colours > 7 and dressed.key == 1 and not dressed.wrap, '%s', vim.inspect(dressed))
      child:command('wincmd p')
      child:command('lvimgrep /^Author:/gj %')
      child:command('lopen')
      expect_equal(child:lua(traces), none)
      -- The outline is the list before, and looks as it did.
      child:command('lolder')
      expect_equal(child:lua(traces), dressed)
      child:keys('gO')
      child:wait_for('vim.fn.line("$") > 7')
      child:command('lclose')
    end)

    it('leaves nothing in a list that takes its place', function()
      child:keys('gO')
      child:wait_for("vim.bo.buftype == 'quickfix'")
      child:command('wincmd p')
      child:wait_for('#vim.diagnostic.get(0) == 4')
      -- Newer Neovims replace what is in the list there is.
      child:lua('vim.diagnostic.setloclist()')
      child:command('lopen')
      expect_equal(child:lua('return vim.fn.line("$")'), 4)
      local name = vim.fs.basename(t.sample)
      expect(child:lua('return vim.fn.getline(1)'):find(name .. '|28 col', 1, true), '%s', child:lua('return vim.fn.getline(1)'))
      expect_equal(child:lua(traces), none)
      child:command('lclose')
      child:keys('gO')
      child:wait_for("vim.bo.buftype == 'quickfix' and vim.fn.line('$') == 7")
      child:command('lolder')
      expect_equal(child:lua('return vim.fn.line("$")'), 4)
      child:command('lclose')
    end)

    it('says so where there is nothing to show', function()
      child:edit(t.file('outline/empty.digest', ''))
      child:lua('Notices = {}')
      child:keys('gO')
      child:wait_for('#Notices == 1')
      expect(child:lua('return Notices[1]'):find('no entry', 1, true), 'it says %q', child:lua('return Notices[1]'))
    end)
  end)
end)
