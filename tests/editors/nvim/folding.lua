--- Folds: which there are, what closed ones show, and that they cost nothing while one types.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

--- What the screen shows of the sample while all is closed, as far as it does not depend on the
--- server's answers.
local overview = {
  '[v3 1/4] KVM: selftests: arm64: Report set_id_reg reads of test registers as te… · Mark Brown · 1 file +57 −17',
  '[v3 0/4] KVM: selftests: arm64: Improve diagnostics from · Mark Brown · 4 patches +111 −39',
  '[01/17] Sync kernel UAPI headers with v6.19-rc1 with WIP KVM GICv5 PPI s… · Sascha Bischoff · 8 files +118 −17',
  '[kvmtool 00/17] arm64: Support GICv5-based guests · Sascha Bischoff · 17 patches +415 −50',
  '[v2 01/36] KVM: arm64: Account for RES1 bits in DECLARE_FEAT_MAP() and co · Sascha Bischoff · 3 files +45 −36',
  '[v2 00/36] KVM: arm64: Introduce vGIC-v5 with PPI support · Sascha Bischoff · 36 patches +2965 −267 · UAPI',
  '[0/6] KVM: SEV: use mutex guards for simpler error handling · Carlos López · 6 patches +47 −88',
  '[1/6] KVM: SEV: use mutex guard in snp_launch_update() · Carlos López · 1 file +13 −19',
  '[v4 0/2] LoongArch: KVM: Add paravirt preempt support · Bibo Mao · 2 patches +85 −3 · UAPI',
  '[v4 1/2] LoongArch: KVM: Add paravirt preempt feature in hypervisor side · Bibo Mao · 6 files +62 −2',
  '[v2 1/9] sched: Add vCPU debooster infrastructure · Wanpeng Li · 4 files +28 −2',
  '[v2 0/9] sched/kvm: Semantics-aware vCPU scheduling for oversubscribed KVM · Wanpeng Li · 9 patches +579 −15',
}

local rule = ('-'):rep(70)

describe('folds', function()
  t.with_child({ lua = t.no_marks }, function(child)
    child:edit(t.sample_copy('folds'))
    child:attach()
    local subject = child:line_of(t.cover)

    it('show a line for every entry, with what the server knows', function()
      child:wait_for_screen(overview[6])
      local rows = child:screen()
      local first = vim.fn.index(rows, overview[1]) + 1
      expect(first > 0, 'no line for the first entry:\n%s', table.concat(rows, '\n'))
      expect_equal(vim.list_slice(rows, first, first + #overview - 1), overview)
      expect_equal(rows[first + #overview], '~')
    end)

    it('show a line for every table, with decoded names', function()
      child:wait_for_screen('Top 15 contributors · 7 rows · Sascha Bischoff 54, Wanpeng Li 10, Carlos López 7, …')
      child:wait_for_screen('Top 15 contributor Email domains · 6 rows · arm.com 54, tencent.com 10, …')
    end)

    it('open on an entry and leave the next one alone', function()
      child:go_to(subject)
      child:keys('zo')
      child:wait_for('vim.fn.foldclosed(...) == -1', subject + 40)
      local next_entry = child:line_of(t.patch) - 1
      expect_equal(child:lua('return vim.fn.foldclosed(...)', next_entry + 5), next_entry)
      expect_equal(child:lua('return vim.fn.foldclosed(...)', subject - 5) > 0, true)
      child:wait_for_screen(t.cover)
      child:keys('zc')
      child:wait_for('vim.fn.foldclosed(...) == ' .. subject - 1, subject + 40)
      -- Up to the line above the next entry: no blank lines are left between closed ones.
      expect_equal(child:lua('return vim.fn.foldclosedend(...)', subject), next_entry - 1)
    end)

    it('keep long diffstats closed in an open entry, and short ones open', function()
      local cover = child:line_of('[PATCH v2 00/36] KVM: arm64: Introduce vGIC-v5 with PPI support')
      child:go_to(cover)
      child:keys('zo')
      child:go_to(child:line_of('Sascha Bischoff (35):'))
      child:keys('zt')
      local first = child:line_of(' Documentation/virt/kvm/api.rst                |   6 +-')
      child:wait_for('vim.fn.foldclosed(...) == ...', first)
      child:wait_for_screen(' Documentation/virt/kvm/api.rst … .../selftests/kvm/include/arm64/gic_v5.h · 47 rows')
      child:keys('<C-e>')
      child:wait_for_screen(' 47 files changed, 2965 insertions(+), 267 deletions(-)')
      child:command('normal! zM')
      child:go_to(subject)
      child:keys('zo')
      local row = child:line_of(' arch/loongarch/kernel/paravirt.c           | 21 ++++++++-')
      child:wait_for('vim.fn.foldclosed(...) == -1', row)
    end)

    it('stay closed while the text above changes', function()
      child:command('normal! zM')
      child:lua('vim.api.nvim_buf_set_lines(0, 27, 27, false, { "New:  t", "[PATCH] t", "" })')
      child:wait_for('vim.fn.foldclosed(30) == 28')
      expect_equal(child:lua('return vim.fn.foldclosed(...)', subject + 9), subject + 2)
      child:command('silent undo')
      child:wait_for('vim.fn.foldclosed(30) == 28 and vim.fn.foldclosedend(30) == 46')
    end)

    it('follow the text', function()
      child:lua('vim.api.nvim_buf_set_lines(0, 0, -1, false, { "Nothing", "to", "fold", "" })')
      child:wait_for('vim.fn.foldlevel(2) == 0')
      child:command('silent undo')
      child:wait_for('vim.fn.foldlevel(...) == 1', subject + 5)
    end)

    it('look at a few lines only when a letter is typed', function()
      child:command('normal! zR')
      child:lua([[
        local folds = require('patch_digest.folds')
        local level = folds.level
        Calls = 0
        folds.level = function(lnum)
          Calls = Calls + 1
          return level(lnum)
        end
      ]])
      child:go_to(subject + 20)
      child:keys('ax<Esc>')
      child:wait_for("vim.fn.getline('.'):find('x')")
      local n_calls = child:lua('vim.cmd.redraw() return Calls')
      expect(n_calls < 100, 'the levels of %d lines were asked for', n_calls)
    end)
  end)

  it('are open for who sets foldlevelstart', function()
    t.with_child({ lua = 'vim.o.foldlevelstart = 99' }, function(child)
      child:edit(t.sample_copy('open'))
      child:wait_for('vim.fn.foldlevel(...) == 1', child:line_of(t.cover))
      expect_equal(child:lua('return vim.fn.foldclosed(...)', child:line_of(t.cover)), -1)
    end)
  end)

  it('take mail from strangers as it is', function()
    -- Without the server, so that nothing but the plugin draws.
    vim.fn.mkdir(t.scratch .. '/nothing', 'p')
    t.with_child({ env = { PATH = t.scratch .. '/nothing' } }, function(child)
      child:edit(t.file('strange/week.txt', table.concat({
        'From 1234567 to 89abcde',
        '',
        '===== Patch Commit Messages ====',
        '',
        'New:  a\27[31mb\226\128\174c',
        '[PATCH v2 1/3 \27[3] title',
        'Author: \27]0;x\7 Y <a@b>',
        '',
        rule,
        '',
        'inside the message',
        rule,
        '',
        'New:',
        'Author:',
        rule,
        'Exist: [PATCH] a',
        ' Skip: [PATCH] a',
        'New:  x',
        '[PATCH] x',
        'New: a word',
        'Exist: too',
        rule,
      }, '\n')))
      child:wait_for_screen('[v2 1/3 [3] a[31mbc · ]0;x Y')
      child:wait_for_screen('(no title)')
      child:wait_for_screen('Exist: [PATCH] a')
      child:wait_for_screen(' Skip: [PATCH] a')
      child:wait_for_screen('[PATCH] x')
      expect_equal(child:lua('return vim.fn.foldclosedend(5)'), 13)
      expect_equal(child:lua('return vim.v.errmsg'), '')
    end)
  end)

  it('are drawn at once, however long the lines', function()
    t.with_child({ lua = 'vim.o.wrap = false' }, function(child)
      local long = 200000
      child:edit(t.file('long/week.txt', table.concat({
        'From 1234567 to 89abcde',
        '=x' .. ('='):rep(long) .. 'y',
        'Top 1 contributors (Based on Email Body)',
        '  1 ' .. ('name '):rep(long / 5),
        '===== Patch Commit Messages ====',
        'New:  ' .. ('title '):rep(long / 6),
        '[PATCH v2 1/3] ' .. ('title '):rep(long / 6),
        'Author: ' .. ('A '):rep(long / 2),
        ' ' .. ('a '):rep(long / 2) .. '| 1 +',
        ' ' .. (' '):rep(long) .. '|',
        ('['):rep(long),
        rule,
      }, '\n')))
      local started = vim.uv.hrtime()
      child:wait_for_screen('[v2 1/3] title title…')
      for _ = 1, 5 do
        child:lua('vim.cmd.redraw({ bang = true })')
      end
      local ms = (vim.uv.hrtime() - started) / 1e6
      expect(ms < 5000, 'it took %d ms', ms)
    end)
  end)

  it('fit into a narrow window', function()
    t.with_child({ lua = t.no_marks }, function(child)
      vim.rpcrequest(child.channel, 'nvim_ui_try_resize', 72, 40)
      child:edit(t.sample_copy('narrow'))
      child:wait_for_screen('[v4 0/2] LoongArch: KVM: Add parav… · Bibo Mao · 2 patches +85 −3 · UAPI')
    end)
  end)
end)
