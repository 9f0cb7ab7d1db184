;;; patch-digest-mode.el --- Digests of mailing lists  -*- lexical-binding: t; -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "29.1"))
;; Keywords: mail, tools
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; A major mode for patch digests: text files that list what reached a mailing list between two
;; commits of its archive.  A file is one if its first line is `From <commit> to <commit>',
;; whatever its name.
;;
;;     (add-to-list 'load-path "/path/to/patch-digest/editors/emacs")
;;     (require 'patch-digest-mode)
;;
;; With the program `patch-digest' on your PATH, Eglot starts its language server: outline
;; (`imenu'), facts and history of a series (`eldoc'), jumps between shortlog lines and patches
;; \(`M-.'), problems (`flymake').  Set `patch-digest-use-eglot' to nil to start it yourself.
;;
;; Entries are what `C-M-a', `C-M-e', `C-c C-n' and `C-c C-p' go by, and what
;; `outline-minor-mode' folds.
;;
;; Kinds of lines, and what tells them: syntax/README.md.  Tests: tests/editors/emacs/run.el.

;;; Code:

(require 'outline)

(defgroup patch-digest nil
  "Digests of mailing lists."
  :group 'text
  :prefix "patch-digest-")

(defcustom patch-digest-server-program '("patch-digest" "lsp")
  "The command line of the language server."
  :type '(repeat string))

(defcustom patch-digest-use-eglot t
  "Whether to start the language server for digests."
  :type 'boolean)

(defconst patch-digest--commits "[0-9a-fA-F]\\{7,40\\} to [0-9a-fA-F]\\{7,40\\}[ \t\r]*$")

(defconst patch-digest-first-line (concat "\\`\ufeff?From " patch-digest--commits)
  "Matches at the start of a buffer that holds a digest.")

(defconst patch-digest--separator "^-\\{70\\}[ \t\r]*$")

;;;; Colours

(defface patch-digest-subject '((t :inherit font-lock-function-name-face :weight bold))
  "Subjects of entries.")
(defface patch-digest-tag '((t :inherit font-lock-constant-face))
  "The bracketed parts of subjects.")
(defface patch-digest-heading '((t :inherit font-lock-keyword-face :weight bold))
  "The first lines of a digest and its headings.")
(defface patch-digest-quiet '((t :inherit font-lock-comment-face))
  "What one looks past: the line above the subject, separators, addresses.")
(defface patch-digest-key '((t :inherit font-lock-variable-name-face))
  "What stands before the colon of a trailer.")
(defface patch-digest-group '((t :inherit font-lock-type-face))
  "Authors in shortlogs, and headings of changelogs.")
(defface patch-digest-added '((((background light)) :foreground "dark green")
                              (t :foreground "pale green"))
  "Added lines in the graph of a diffstat.")
(defface patch-digest-removed '((((background light)) :foreground "dark red")
                                (t :foreground "light salmon"))
  "Removed lines in the graph of a diffstat.")

(defconst patch-digest-font-lock-keywords
  `((,patch-digest-first-line . 'patch-digest-heading)
    (,(concat "^[^\n]+ mailing list update from " patch-digest--commits) . 'patch-digest-heading)
    ("^=[= \t]*Patch \\(?:list in this time period\\|Commit Messages\\)[= \t\r]*$"
     . 'patch-digest-heading)
    ("^Top [0-9]+ contributor\\(?:s\\| Email domains\\) (Based on Email Body)[ \t\r]*$"
     . 'patch-digest-heading)
    ;; The head of an entry.  A bracket at the start of another line is a footnote.
    ("^New:\\(?:  .*\\|[ \t\r]*\\)$" . 'patch-digest-quiet)
    ("^New:.*\n\\(\\(?:[ \t]*\\[[^]\n]*\\]\\)+\\)\\(.*\\)$"
     (1 'patch-digest-tag t) (2 'patch-digest-subject t))
    ("^\\(Author:\\)[^<\n]*\\(<.*>\\)?" (1 'patch-digest-key) (2 'patch-digest-quiet nil t))
    ("^\\(?:Exist: \\| Skip: \\)\\[.*$" . 'patch-digest-quiet)
    (,patch-digest--separator . 'patch-digest-quiet)
    ("^---[ \t\r]*$" . 'patch-digest-quiet)
    (,(concat "^\\([A-Za-z-]+-[Bb][Yy]\\|[Ff]ixes\\|C[Cc]\\|[Ll]ink\\|[Cc]loses\\|[Bb]ug[Ll]ink"
              "\\|[Rr]eferences\\|[Cc]hange-I[Dd]\\|[Mm]essage-I[Dd]\\):[ \t]*[^ \t\n][^<\n]*\\(<.*>\\)?")
     (1 'patch-digest-key) (2 'patch-digest-quiet nil t))
    ("^\\(base-commit\\|prerequisite-patch-id\\): " (1 'patch-digest-key))
    ("^\\(\\[[0-9]\\{1,3\\}\\]\\):?[ \t]+[^ \t\n]" (1 'patch-digest-tag))
    ("^[^ \t\n].* ([0-9]+):[ \t\r]*$" . 'patch-digest-group)
    ("^[ \t]*[Cc]hanges? \\(?:in\\|since\\|from\\|for\\) [vV][0-9][^:\n]*:?[ \t\r]*$"
     . 'patch-digest-group)
    ("^[ \t]*\\(?:[*-] \\)?\\(?:[vV][0-9]+\\|RFC\\) *\\(?:->\\|=>\\|\\.\\.+\\) *[vV][0-9]+:?[ \t\r]*$"
     . 'patch-digest-group)
    ("^ [^|\n]*[^| \t\n] +| +[0-9]+ \\(\\+*\\)\\(-*\\)"
     (1 'patch-digest-added) (2 'patch-digest-removed))
    ("\\_<https?://[^ \t\n<>\"]*[^] \t\r\n<>\".,;:!?)'}]" 0 'link prepend))
  "What is coloured how, for `font-lock-defaults'.")

;;;; Entries

(defun patch-digest--entry-p ()
  "Whether an entry starts on the line that begins at point."
  (and (looking-at-p "New:")
       (save-excursion
         (forward-line)
         (or (looking-at-p "\\[") (looking-at-p "Author:")))))

(defun patch-digest-next-entry (&optional count)
  "Go to the start of the next entry, or of the COUNTth one.
Without one, go to the end of the buffer, or to its start if COUNT is negative."
  (interactive "p")
  (let ((count (or count 1)))
    (dotimes (_ (abs count))
      (when (> count 0) (end-of-line))
      (while (and (re-search-forward "^New:" nil 'move (if (< count 0) -1 1))
                  (not (save-excursion (beginning-of-line) (patch-digest--entry-p)))))
      (beginning-of-line))))

(defun patch-digest-previous-entry (&optional count)
  "Go to the start of this entry or of the one before, or of the COUNTth one."
  (interactive "p")
  (patch-digest-next-entry (- (or count 1))))

(defun patch-digest--beginning (&optional count)
  "Go COUNT starts of entries back; for `beginning-of-defun-function'."
  (patch-digest-previous-entry count)
  (patch-digest--entry-p))

(defun patch-digest--end ()
  "Go behind the separator of the entry at point; for `end-of-defun-function'."
  (patch-digest-next-entry)
  (when (re-search-backward patch-digest--separator nil t)
    (forward-line)))

;;;; The mode

(defvar patch-digest-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-n") #'patch-digest-next-entry)
    (define-key map (kbd "C-c C-p") #'patch-digest-previous-entry)
    map)
  "Keys of `patch-digest-mode'.")

(declare-function eglot-ensure "eglot")
(defvar eglot-server-programs)

(defvar patch-digest--missing-told nil
  "Whether it was told that there is no language server.")

(defun patch-digest--start-server ()
  "Have Eglot start the language server, if it is there."
  (cond
   ((not (and patch-digest-use-eglot buffer-file-name)))
   ((executable-find (car patch-digest-server-program))
    (require 'eglot)
    (eglot-ensure))
   ((not patch-digest--missing-told)
    (setq patch-digest--missing-told t)
    (message (concat "patch-digest: the language server `%s' was not found."
                     "  Put it on your PATH, or set `patch-digest-server-program'")
             (car patch-digest-server-program)))))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               `(patch-digest-mode . ,(lambda (&rest _) patch-digest-server-program))))

;;;###autoload
(define-derived-mode patch-digest-mode text-mode "Patch-Digest"
  "Major mode for digests of mailing lists.

\\{patch-digest-mode-map}"
  (setq-local font-lock-defaults '(patch-digest-font-lock-keywords t))
  ;; A subject is told by the line above it.
  (setq-local font-lock-multiline t)
  (setq-local outline-regexp "New:\\|Top [0-9]+ contributor\\|=+ Patch ")
  (setq-local outline-level (lambda () 1))
  (setq-local beginning-of-defun-function #'patch-digest--beginning)
  (setq-local end-of-defun-function #'patch-digest--end)
  ;; Until the server is there, or without it.
  (setq-local imenu-generic-expression '((nil "^New:.*\n\\(\\[.*\\)$" 1)))
  (patch-digest--start-server))

;; Asked before `auto-mode-alist': most digests are called something.txt.
;;;###autoload
(add-to-list 'magic-mode-alist
             '("\\`\ufeff?From [0-9a-fA-F]\\{7,40\\} to [0-9a-fA-F]\\{7,40\\}[ \t\r]*$"
               . patch-digest-mode))
;;;###autoload
(add-to-list 'auto-mode-alist '("\\.p?digest\\'" . patch-digest-mode))

(provide 'patch-digest-mode)
;;; patch-digest-mode.el ends here
