// The tree-sitter grammar of patch digests: lines of the kinds in ../README.md, gathered to
// entries, tables, shortlogs and diffstats.
//
// Total: every text whose last line ends has a tree without errors, unless it has NUL characters,
// which tree-sitter takes for the end. A line is told by its first token; what that cannot tell (does a title follow this `Name (2):`?) the next token does, so
// that parsing looks one line ahead at most. There is no scanner written by hand: digests are
// mail from strangers, and such code would run inside the editor.
//
// `src/` is made from this by `cargo xtask grammars`. Tests: test/corpus, test/highlight, and the
// comparison with the server's parser, all in `cargo xtask test`.

// A token with a precedence wins over a longer one without. A token for a whole line has none: it
// loses to text that only begins like it, and wins a tie because it stands above `_words`.
const LIKELY = 3;
const SURE = 5;

const likely = (pattern) => token(prec(LIKELY, pattern));
const sure = (pattern) => token(prec(SURE, pattern));

const HASH = '[0-9a-fA-F]{7}[0-9a-fA-F]*';
const COMMITS = `${HASH} to ${HASH}[ \\t]*`;

export default grammar({
  name: 'patchdigest',

  extras: () => [],

  rules: {
    digest: ($) =>
      seq(
        optional('\uFEFF'),
        optional(
          choice(
            seq($.range, $._break, optional(seq($.title, $._break))),
            seq($.title, $._break),
            // Where the first line is damaged, the second still tells what this is.
            seq($.stray, $._break, $.title, $._break),
          ),
        ),
        repeat(
          choice(
            $._blank,
            seq($.stray, $._break),
            seq($.heading, $._break),
            $.table,
            $.entry,
            seq($.exist, $._break),
            seq($.skip, $._break),
          ),
        ),
        // An entry without a separator goes on to the end of the text: in its message, `New:` is
        // a word.
        optional(alias($._unfinished, $.entry)),
      ),

    // ---- Above the entries

    range: () => new RegExp(`From ${COMMITS}`),
    title: () => new RegExp(`[^\\r\\n]+ mailing list update from ${COMMITS}`),
    heading: () => /=[= \t]*(Patch list in this time period|Patch Commit Messages)[= \t]*/,

    table: ($) =>
      prec.right(
        seq(
          alias($._top, $.heading),
          $._break,
          repeat(
            choice(
              $._blank,
              seq($.row, $._break),
              seq(choice($.stray, alias($.count, $.stray)), $._break),
            ),
          ),
        ),
      ),
    _top: () => /Top [0-9]+ contributor(s| Email domains) \(Based on Email Body\)[ \t]*/,
    row: ($) => seq($.count, $._person),
    count: () => likely(/[ \t]*[0-9]+ +/),

    // ---- Log lines

    exist: ($) => seq(alias(sure('Exist: '), 'Exist:'), optional(choice($._subject, $._rest))),
    skip: ($) => seq(alias(sure(/ ?Skip: /), 'Skip:'), optional(choice($._subject, $._rest))),

    // ---- Entries

    entry: ($) => seq($._head, repeat($._item), repeat($._inner), $._end),
    _unfinished: ($) => seq($._head, repeat($._item), repeat($._inner)),

    _head: ($) =>
      prec.right(
        seq(
          $.new,
          $._break,
          optional(seq($.subject, $._break)),
          optional(seq($.author, $._break)),
        ),
      ),

    new: ($) =>
      choice(
        seq(alias(sure(/New:  [ \t]*/), 'New:'), optional($.title_text)),
        alias(/New:[ \t]?/, 'New:'),
      ),
    title_text: () => /[^ \t\r\n][^\r\n]*/,

    subject: ($) => $._subject,
    _subject: ($) =>
      choice(
        seq(
          $.tag,
          repeat(alias($._next_tag, $.tag)),
          optional($._gap),
          optional($.title_text),
        ),
        // Never closed, the last tag goes on to the end of the line.
        alias($._open_tag, $.tag),
        seq($.tag, repeat(alias($._next_tag, $.tag)), alias($._next_open_tag, $.tag)),
      ),
    tag: ($) => seq($._open_tag, ']'),
    _open_tag: ($) => seq(alias(token(prec(SURE + 1, '[')), '['), repeat($._tag_word)),
    _next_tag: ($) => seq($._next_open_tag, ']'),
    _next_open_tag: ($) => seq(alias(sure(/[ \t]*\[/), '['), repeat($._tag_word)),
    _tag_word: ($) => choice($.version, $.number, $._word, $._gap),
    version: () => likely(/[vV][0-9]+[a-zA-Z0-9.]*/),
    number: () => likely(/[0-9]+\/[0-9]+/),
    _word: () => /[^\] \t\r\n]+/,

    author: ($) => seq(alias(sure('Author:'), 'Author:'), optional($._gap), optional($._person)),
    _person: ($) => seq(choice($.name, $.email, '<'), repeat(choice($.name, $.email, '<', $._gap))),
    name: () => /[^< \t\r\n]([^<\r\n]*[^< \t\r\n])?/,
    email: () => /<[^< \t\r\n>]*>/,

    // A rule of 70 dashes with more text of the message behind it was part of the message.
    _inner: ($) => seq($._end, $._line, repeat($._item)),
    _end: ($) => prec.right(seq($.separator, $._break, repeat(choice($._blank, seq($.separator, $._break))))),
    separator: () => /-{70}[ \t]*/,

    _item: ($) => choice($._blank, $._line),
    _line: ($) =>
      choice(
        $.shortlog,
        $.diffstat,
        seq(
          choice(
            $.text,
            alias($.shortlog_author, $.text),
            alias($._no_trailer, $.text),
            alias($._no_footnote, $.text),
            alias($._no_diffstat, $.text),
            $.cut,
            $.changes,
            $.trailer,
            $.footnote,
            $.base,
          ),
          $._break,
        ),
      ),

    cut: () => /---[ \t]*/,

    // The commonest shapes only.
    changes: () =>
      choice(
        /[ \t]*[Cc]hanges? (in|since|from|for) [vV][0-9]+[^\r\n:]*:?[ \t]*/,
        /[ \t]*[Cc]hange ?[Ll]og:[ \t]*/,
        /[ \t]*([*-] )?([vV][0-9]+|RFC( [vV][0-9]+)?) *(->|=>|→|\.\.+) *[vV][0-9]+:?[ \t]*/,
        /[ \t]*[vV][0-9]+:[ \t]*/,
      ),

    trailer: ($) =>
      seq(
        $.key,
        optional($._gap),
        choice(seq(alias($._link, $.url), optional($._rest)), $._person),
      ),
    _no_trailer: ($) => seq($.key, optional($._gap)),
    key: () =>
      likely(
        /([A-Za-z-]+-[Bb][Yy]|[Ff]ixes|[Cc][Cc]|[Ll]ink|[Cc]loses|[Bb]ug[Ll]ink|[Rr]eferences|[Cc]hange-[Ii][Dd]|[Mm]essage-[Ii][Dd]):/,
      ),

    // Here a full stop at its end is not told from the address: the rest of the line may be a name.
    _link: () => sure(/https?:\/\/[^ \t\r\n<>"]+/),

    base: ($) => seq(alias($._base_key, $.key), optional($._rest)),
    _base_key: () => likely(/(base-commit|prerequisite-patch-id): /),

    footnote: ($) => seq($.mark, $._run),
    _no_footnote: ($) => $.mark,
    mark: () => likely(/\[[0-9]{1,3}\]:?[ \t]+/),

    shortlog: ($) =>
      prec.right(
        seq($.shortlog_author, $._break, repeat1(seq($.shortlog_title, $._break))),
      ),
    shortlog_author: () => /[^ \t\r\n][^\r\n]* \([0-9]+\):[ \t]*/,
    shortlog_title: () => sure(/  [ \t]*[^ \t\r\n][^\r\n]*/),

    diffstat: ($) =>
      prec.right(
        choice(
          seq(
            $.diffstat_row,
            $._break,
            repeat(seq(choice($.diffstat_row, alias($._no_diffstat, $.text)), $._break)),
            optional($._summed),
          ),
          $._summed,
        ),
      ),
    _summed: ($) => prec.right(seq($.summary, $._break, repeat(seq($.mode, $._break)))),
    diffstat_row: ($) =>
      seq($._path, optional($._gap), choice(seq($.changed, repeat($._graph)), $.binary)),
    _no_diffstat: ($) =>
      seq(
        $._path,
        optional($._gap),
        optional(choice($._rest, seq($.changed, repeat($._graph), $._rest))),
      ),
    _path: () => likely(/ [^|\r\n]*[^| \t\r\n] +\|/),
    changed: () => likely(/[0-9]+/),
    _graph: ($) => choice($.plus, $.minus, $._gap),
    plus: () => likely(/\++/),
    minus: () => likely(/-+/),
    binary: () => /(Bin|Unmerged)( [^\r\n]*)?/,
    summary: () => / [ \t]*[0-9]+ files? changed(, [0-9]+ (insertions?\(\+\)|deletions?\(-\)))*[ \t]*/,
    mode: () => / [ \t]*(create mode|delete mode|mode change|rename|copy|rewrite) [^\r\n]*/,

    // ---- Words and blanks

    text: ($) => $._run,
    _run: ($) => repeat1(choice($._words, $._tail, $._http, $.url)),
    url: () => token(prec(SURE + 2, /https?:\/\/[^ \t\r\n<>"]*[^ \t\r\n<>".,;:!?)\]'}]/)),
    _http: () => token(prec(SURE + 1, 'http')),

    _blank: ($) => seq(optional($._blanks), $._break),
    _blanks: () => /[ \t\f]+/,
    _break: () => /\r?\n|\r/,
    _gap: () => likely(/[ \t]+/),

    // Text without `http`, where an address may start; and what begins like it before a line ends.
    _words: () => /([^h\r\n]|h(h|th|tth)*([^ht\r\n]|t[^ht\r\n]|tt[^hp\r\n]))+/,
    _tail: () => /h(h|th|tth)*(t|tt)?/,
    stray: () => /[^\r\n]+/,
    _rest: () => /[^\r\n]+/,
  },
});
