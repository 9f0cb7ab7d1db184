" Vim syntax of patch digests, for Vim, and for Neovim without the tree-sitter parser.
"
" Groups and what they are for: `syntax/README.md` of the project. Lines that only stand below
" others (`New:` below a separator, a subject below `New:`) are reached by `nextgroup` alone, so
" that what looks like them inside a message stays text.
" Tests: the comparison with the server's parser in `cargo xtask test`.

if exists('b:current_syntax')
  finish
endif
let s:cpo_save = &cpo
set cpo&vim

" Every line is told by itself and by a few above it; shortlogs are the longest such run.
syntax sync minlines=200 maxlines=400

" ---- The lines above the entries

syntax match patchdigestRange /\%1l^\%uFEFF\=From \x\{7,40} to \x\{7,40}\s*\r\=$/
syntax match patchdigestTitle /\%<3l^.\+ mailing list update from \x\{7,40} to \x\{7,40}\s*\r\=$/
syntax match patchdigestHeading /^=[= \t]*\%(Patch list in this time period\|Patch Commit Messages\)[= \t]*\r\=$/
      \ nextgroup=patchdigestNew,patchdigestExist,patchdigestSkip skipempty
syntax match patchdigestHeading /^Top \d\+ contributor\%(s\| Email domains\) (Based on Email Body)\s*\r\=$/
      \ nextgroup=patchdigestRow skipempty
syntax match patchdigestRow /^\s*\d\+ \+\S.*$/ contained contains=patchdigestCount,patchdigestEmail
      \ nextgroup=patchdigestRow,patchdigestHeading skipempty
syntax match patchdigestCount /^\s*\d\+/ contained

" ---- Log lines

syntax match patchdigestExist /^Exist: .*$/ contained contains=patchdigestLog
      \ nextgroup=patchdigestSkip,patchdigestExist,patchdigestNew skipempty
syntax match patchdigestSkip /^ \=Skip: .*$/ contained contains=patchdigestLog
      \ nextgroup=patchdigestExist,patchdigestSkip,patchdigestNew skipempty
syntax match patchdigestLog /^ \=\%(Exist\|Skip\):/ contained

" ---- The head of an entry

syntax match patchdigestNew /^New:\%(  .*\|\s*\)$/ contained
      \ nextgroup=patchdigestSubject,patchdigestAuthor skipnl
syntax match patchdigestSubject /^\[.*$/ contained contains=patchdigestTag
      \ nextgroup=patchdigestAuthor skipnl
syntax match patchdigestTag /^\%(\s*\[[^]]*\%(\]\|$\)\)\+/ contained
      \ contains=patchdigestVersion,patchdigestNumber
syntax match patchdigestVersion /\<[vV]\d[0-9A-Za-z.]*\>/ contained
syntax match patchdigestNumber "\<\d\+/\d\+\>" contained
syntax match patchdigestAuthor /^Author:.*$/ contained contains=patchdigestAuthorKey,patchdigestEmail
syntax match patchdigestAuthorKey /^Author:/ contained

" ---- Messages

syntax match patchdigestSeparator /^-\{70}\s*\r\=$/
      \ nextgroup=patchdigestSeparator,patchdigestNew,patchdigestExist,patchdigestSkip skipempty
syntax match patchdigestCut /^---\s*\r\=$/

syntax match patchdigestTrailer
      \ /\c^\%([a-z-]\+-by\|fixes\|cc\|link\|closes\|buglink\|references\|change-id\|message-id\):\s*[^ \t\r].*$/
      \ contains=patchdigestKey,patchdigestEmail,patchdigestUrl
syntax match patchdigestBase /^\%(base-commit\|prerequisite-patch-id\): .*$/ contains=patchdigestKey
syntax match patchdigestKey /^[A-Za-z-]\+:/ contained

syntax match patchdigestFootnote /^\[\d\{1,3}\]:\=\s\+[^ \t\r].*$/ contains=patchdigestMark,patchdigestUrl
syntax match patchdigestMark /^\[\d\+\]/ contained

" The commonest shapes only.
syntax match patchdigestChanges /^\s*[Cc]hanges\= \%(in\|since\|from\|for\) [vV]\d[^:]*:\=\s*\r\=$/
syntax match patchdigestChanges /^\s*[Cc]hange \=[Ll]og:\s*\r\=$/
syntax match patchdigestChanges
      \ /^\s*\%([*-] \)\=\%([vV]\d\+\|RFC\%( [vV]\d\+\)\=\) *\%(->\|=>\|→\|\.\.\+\) *[vV]\d\+:\=\s*\r\=$/
syntax match patchdigestChanges /^\s*[vV]\d\+:\s*\r\=$/

" Without titles below it, such a line is text.
syntax match patchdigestShortlogAuthor /^\S.* (\d\+):\s*\r\=\ze\n  \s*\S/
      \ nextgroup=patchdigestShortlogTitle skipnl
syntax match patchdigestShortlogTitle /^  \s*[^ \t\r].*$/ contained
      \ nextgroup=patchdigestShortlogTitle skipnl

syntax match patchdigestDiffstat
      \ /^ [^|]*[^| \t] \+|\s*\%(\d\+[-+ \t]*\|Bin\%( .*\)\=\|Unmerged\%( .*\)\=\)\r\=$/
      \ contains=patchdigestChanged
syntax match patchdigestChanged /|\s*\zs\d\+/ contained nextgroup=patchdigestPlus,patchdigestMinus skipwhite
syntax match patchdigestPlus /+\+/ contained nextgroup=patchdigestMinus
syntax match patchdigestMinus /-\+/ contained nextgroup=patchdigestPlus
syntax match patchdigestSummary
      \ /^ \s*\d\+ files\= changed\%(, \d\+ \%(insertions\=(+)\|deletions\=(-)\)\)*\s*\r\=$/
      \ nextgroup=patchdigestMode skipnl
syntax match patchdigestMode
      \ /^ \s*\%(create mode\|delete mode\|mode change\|rename\|copy\|rewrite\) .*$/ contained
      \ nextgroup=patchdigestMode skipnl

syntax match patchdigestUrl "\<https\=://[^ \t<>\"]*[^] \t\r<>\".,;:!?)'}]"
syntax match patchdigestEmail /<[^<> \t]*>/ contained

highlight default link patchdigestRange Title
highlight default link patchdigestTitle Title
highlight default link patchdigestHeading Title
highlight default link patchdigestCount Number
highlight default link patchdigestExist Comment
highlight default link patchdigestSkip Comment
highlight default link patchdigestLog Keyword
highlight default link patchdigestNew Comment
highlight default link patchdigestSubject Title
highlight default link patchdigestTag Label
highlight default link patchdigestVersion Constant
highlight default link patchdigestNumber Number
highlight default link patchdigestAuthorKey PreProc
highlight default link patchdigestEmail Comment
highlight default link patchdigestSeparator Comment
highlight default link patchdigestCut Delimiter
highlight default link patchdigestKey PreProc
highlight default link patchdigestMark Label
highlight default link patchdigestChanges Statement
highlight default link patchdigestShortlogAuthor Statement
highlight default link patchdigestChanged Number
highlight default link patchdigestMode Comment
highlight default link patchdigestUrl Underlined
if hlexists('Added')
  highlight default link patchdigestPlus Added
  highlight default link patchdigestMinus Removed
else
  highlight default link patchdigestPlus Identifier
  highlight default link patchdigestMinus Special
endif

let b:current_syntax = 'patchdigest'
let &cpo = s:cpo_save
unlet s:cpo_save
