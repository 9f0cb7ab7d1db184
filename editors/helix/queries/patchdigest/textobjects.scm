; An entry is what `]f` and `[f` go by and what `maf` selects; a table is a class.

(entry) @function.around
(table) @class.around
