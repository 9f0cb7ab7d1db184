" File type in Vim: a patch digest is known by its first line, `From fff46e5c7 to a4f0e95a9`.
" Neovim has its own rule, in `editors/neovim/ftdetect`.

function! s:Detect() abort
  if getline(1) =~# '\m^\%uFEFF\=From \x\{7,40} to \x\{7,40}\s*\r\=$'
    set filetype=patchdigest
  endif
endfunction

autocmd BufNewFile,BufRead *.digest,*.pdigest set filetype=patchdigest
autocmd BufRead * call s:Detect()
