--- Colours: by the Vim syntax at first, by the tree-sitter parser once it was asked for.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

describe('colours', function()
  t.with_child({}, function(child)
    -- The parser goes to a folder of its own, and is gone with it.
    local data = t.scratch .. '/data'
    child:lua('vim.env.XDG_DATA_HOME = ...', data)
    child:edit(t.sample_copy('colours'))
    child:command('normal! zR')
    local subject = child:line_of(t.cover)
    child:go_to(subject)
    child:command('normal! zt')

    --- The colour of the letters of `text` on the screen, as a number; nil for the common one.
    local function colour_of(text, lnum)
      return child:lua(
        [[
        local text, lnum = ...
        vim.cmd.redraw()
        local column = vim.fn.stridx(vim.fn.getline(lnum), text) + 1
        local place = vim.fn.screenpos(0, lnum, column)
        local attribute = vim.fn.screenattr(place.row, place.col)
        return column > 0 and attribute or error('there is no ' .. text)
        ]],
        text, lnum
      )
    end

    local function has_colours()
      local plain = colour_of('useful', subject + 3)
      expect(colour_of('PATCH', subject) ~= plain, 'the tag has no colour')
      expect(colour_of('LoongArch', subject) ~= plain, 'the title has no colour')
      expect(colour_of('Author', subject + 1) ~= plain, 'the author has no colour')
      expect_equal(colour_of('KVM_FEATURE', subject + 4), plain)
    end

    it('come from the Vim syntax where no parser is', function()
      expect_equal(child:lua('return { vim.bo.syntax, vim.b.ts_highlight }'), { 'patchdigest' })
      has_colours()
    end)

    it('a parser that cannot be compiled is explained', function()
      child:lua("vim.env.CC = 'false'")
      child:command('PatchDigest install-parser')
      child:wait_for('#Notices == 1')
      local notice = child:lua('return Notices[1]')
      expect(notice:find('could not be installed: `false', 1, true), 'it says %q', notice)
      expect_equal(child:lua('return vim.fn.glob(...)', data .. '/nvim/site/parser/*'), '')
      child:lua('vim.env.CC = nil; Notices = {}')
    end)

    it('come from the parser once it is installed', function()
      child:command('PatchDigest install-parser')
      child:wait_for('#Notices == 1')
      local notice = child:lua('return Notices[1]')
      expect(vim.startswith(notice, 'patch-digest: installed ' .. data), 'it says %q', notice)
      expect_equal(child:lua('return { vim.bo.syntax, vim.b.ts_highlight }'), { '', true })
      local captures = child:lua('return vim.treesitter.get_captures_at_pos(0, ..., 10)', subject - 1)
      expect_equal(vim.tbl_map(function(capture)
        return capture.capture
      end, captures), { 'label', 'number' })
      has_colours()
    end)

    it('do so in the next digest without being asked', function()
      child:edit(t.file('colours/next.txt', t.read(t.sample)))
      expect_equal(child:lua('return vim.b.ts_highlight'), true)
      expect_equal(child:lua('return require("patch_digest.parser").is_current()'), true)
    end)

    it('the queries fit the parser', function()
      for _, query in ipairs({ 'highlights', 'folds' }) do
        local n_captures = child:lua('return #vim.treesitter.query.get("patchdigest", ...).captures', query)
        expect(n_captures > 0, 'no captures in %s', query)
      end
    end)

    it('an older parser is told of', function()
      local note = child:lua('return require("patch_digest.parser").installed()') .. '.source'
      t.expect(vim.startswith(note, t.scratch), 'the parser is not in the temporary folder')
      local out = assert(io.open(note, 'wb'))
      out:write('of another version\n')
      out:close()
      child:command('checkhealth patch_digest')
      local text = child:lua('return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n")')
      expect(text:find('The parser is of another version', 1, true), '%s', text)
    end)
  end)
end)
