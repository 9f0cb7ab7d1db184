; What folds: entries, tables, and the diffstats in entries.
[
  (entry)
  (table)
  (diffstat)
] @fold
