" What the Vim syntax takes each line of a digest for, to compare it with the server's parser:
"
"     OUT=kinds.txt vim -Nu NONE -i NONE -n -es -S tests/grammars/vim-kinds.vim FILE...
"
" Writes `== FILE` and then the kind of every line, one a line, to the file $OUT. Lines without a
" group of their own are `text`: the syntax does not tell what stands outside of entries. Looks at
" the lines from the last to the first as well, as one who jumps into a file does; what then is
" another kind is shown as `first/second`. Works in Vim and in Neovim.

let s:root = fnamemodify(resolve(expand('<sfile>:p')), ':h:h:h')

" The table of kinds: | `kind` | ... | `group` |
let s:kinds = {}
for s:row in readfile(s:root . '/syntax/README.md')
  let s:cells = matchlist(s:row, '^| `\([a-z-]\+\)` |.*| `\(patchdigest\a\+\)` |$')
  if !empty(s:cells)
    let s:kinds[s:cells[2]] = s:cells[1]
  endif
endfor

" The kind of a line by the group of its first letter.
function! s:Kind(lnum) abort
  let l:line = getline(a:lnum)
  if l:line =~# '\m^[ \t\f\r]*$'
    return 'blank'
  endif
  let l:stack = synstack(a:lnum, match(l:line, '\S') + 1)
  let l:group = empty(l:stack) ? '' : synIDattr(l:stack[0], 'name')
  return get(s:kinds, l:group, 'text')
endfunction

function! s:Load(file) abort
  execute 'silent edit! ++enc=utf-8 ++ff=unix' fnameescape(a:file)
  syntax clear
  unlet! b:current_syntax
  execute 'source' fnameescape(s:root . '/syntax/vim/syntax/patchdigest.vim')
endfunction

try
  let s:out = []
  for s:file in argv()
    call s:Load(s:file)
    let s:down = map(range(1, line('$')), 's:Kind(v:val)')
    call s:Load(s:file)
    let s:up = reverse(map(range(line('$'), 1, -1), 's:Kind(v:val)'))
    call add(s:out, '== ' . s:file)
    call extend(s:out, map(s:down, 'v:val ==# s:up[v:key] ? v:val : v:val . "/" . s:up[v:key]'))
  endfor
  call writefile(s:out, $OUT)
catch
  verbose echo v:exception v:throwpoint
  cquit
endtry
qall!
