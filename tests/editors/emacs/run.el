;;; run.el --- Tests of the Emacs mode with the real language server  -*- lexical-binding: t; -*-

;; Run by `cargo xtask test', or by hand:
;;
;;     PATH=target/release:$PATH emacs -Q --batch -l tests/editors/emacs/run.el
;;
;; One line per check; exit code 1 when one failed.

;;; Code:

(require 'bytecomp)
(require 'cl-lib)
(require 'imenu)

(defconst root (expand-file-name "../../.." (file-name-directory load-file-name)))
(defconst library (expand-file-name "editors/emacs/patch-digest-mode.el" root))
(defconst sample (expand-file-name "tests/corpus/kvm-fff46e5c7-a4f0e95a9.txt" root))
(defconst scratch (make-temp-file "patch-digest" t))

(defvar n-failed 0)

(defmacro it (name &rest body)
  "Run BODY as the check called NAME."
  (declare (indent 1))
  `(condition-case problem
       (progn ,@body (princ (format "ok   emacs: %s\n" ,name)))
     (error (cl-incf n-failed)
            (princ (format "FAIL emacs: %s\n     %S\n" ,name problem)))))

(defun expect-equal (actual expected)
  (unless (equal actual expected)
    (error "Expected %S, got %S" expected actual)))

(defmacro wait-for (&rest condition)
  "Wait until CONDITION holds."
  `(let ((n-left 100))
     (while (not (progn ,@condition))
       (when (= (cl-decf n-left) 0) (error "Waited in vain for %S" ',condition))
       (accept-process-output nil 0.1))))

(defun write-file-in-scratch (name text)
  (let ((path (expand-file-name name scratch)))
    (make-directory (file-name-directory path) t)
    (with-temp-file path (insert text))
    path))

(defun line-of (text)
  (save-excursion
    (goto-char (point-min))
    (re-search-forward (concat "^" (regexp-quote text) "$"))
    (line-number-at-pos)))

(defun go-to (text &optional column)
  (goto-char (point-min))
  (re-search-forward (concat "^" (regexp-quote text) "$"))
  (beginning-of-line)
  (forward-char (or column 0)))

(it "compiles without warnings"
  (let ((byte-compile-error-on-warn t)
        (byte-compile-dest-file-function (lambda (_) (expand-file-name "mode.elc" scratch))))
    (expect-equal (byte-compile-file library) t)))

(load library nil t)

;;;; Which files are digests

(let ((patch-digest-use-eglot nil)
      (header "From 1234567 to 89abcde\n"))
  (dolist (case `(("week.txt" ,header patch-digest-mode)
                  ("week" ,header patch-digest-mode)
                  ("week.md" ,header patch-digest-mode)
                  ("crlf.txt" "From 1234567 to 89abcde\r\n\r\n" patch-digest-mode)
                  ("bom.txt" ,(concat "\ufeff" header) patch-digest-mode)
                  ("empty.digest" "" patch-digest-mode)
                  ("empty.txt" "" text-mode)
                  ("notes.txt" ,(concat "Minutes\n" header) text-mode)
                  ("prose.txt" "From bed to bad\n" text-mode)
                  ("mbox.txt" "From a@example.org Mon Nov 17 10:00:00 2025\n" text-mode)))
    (it (format "%s is opened in %s" (nth 0 case) (nth 2 case))
      (with-current-buffer (find-file-noselect (write-file-in-scratch (nth 0 case) (nth 1 case)))
        (expect-equal major-mode (nth 2 case))
        (kill-buffer)))))

;;;; What works without a server

(let ((patch-digest-use-eglot nil))
  (with-current-buffer (find-file-noselect sample)
    (font-lock-ensure)
    (dolist (case '(("From fff46e5c7 to a4f0e95a9" 0 patch-digest-heading)
                    ("===== Patch Commit Messages ====" 0 patch-digest-heading)
                    ("New:  LoongArch: KVM: Add paravirt preempt support" 0 patch-digest-quiet)
                    ("[PATCH v4 0/2] LoongArch: KVM: Add paravirt preempt support" 1 patch-digest-tag)
                    ("[PATCH v4 0/2] LoongArch: KVM: Add paravirt preempt support" 20 patch-digest-subject)
                    ("Author: Bibo Mao <maobibo@loongson.cn>" 0 patch-digest-key)
                    ("Author: Bibo Mao <maobibo@loongson.cn>" 20 patch-digest-quiet)
                    ("Bibo Mao (2):" 0 patch-digest-group)
                    ("v3 ... v4:" 0 patch-digest-group)
                    ("Signed-off-by: Bibo Mao <maobibo@loongson.cn>" 0 patch-digest-key)
                    (" arch/loongarch/kernel/paravirt.c           | 21 ++++++++-" 50 patch-digest-added)
                    (" arch/loongarch/kernel/paravirt.c           | 21 ++++++++-" 57 patch-digest-removed)
                    ("[1] https://developer.arm.com/documentation/aes0070/latest" 1 patch-digest-tag)
                    ("hyperthreads, however no improvemet on 3C5000 Dual-way machine with 32" 5 nil)))
      (it (format "the colour of %.40S, column %d" (nth 0 case) (nth 1 case))
        (go-to (nth 0 case) (nth 1 case))
        (expect-equal (get-text-property (point) 'face) (nth 2 case))))

    (it "moves by entries"
      (goto-char (point-min))
      (patch-digest-next-entry)
      (expect-equal (line-number-at-pos) 28)
      (patch-digest-next-entry 2)
      (expect-equal (line-number-at-pos) 86)
      (forward-line 5)
      (beginning-of-defun)
      (expect-equal (line-number-at-pos) 86)
      (beginning-of-defun)
      (expect-equal (line-number-at-pos) 47)
      (end-of-defun)
      (expect-equal (line-number-at-pos) 85)
      (goto-char (point-max))
      (patch-digest-next-entry)
      (expect-equal (point) (point-max))
      (patch-digest-previous-entry)
      (expect-equal (line-number-at-pos) 587)
      (patch-digest-previous-entry 20)
      (expect-equal (point) (point-min)))

    (it "lists the entries for imenu"
      (expect-equal (length (funcall imenu-create-index-function)) 12))

    (it "folds entries with outline-minor-mode"
      (outline-minor-mode)
      (outline-hide-body)
      (go-to "Signed-off-by: Mark Brown <broonie@kernel.org>")
      (expect-equal (and (invisible-p (point)) t) t)
      (goto-char (point-min))
      (patch-digest-next-entry)
      (expect-equal (invisible-p (point)) nil)
      (outline-show-all))
    (kill-buffer)))

(it "tells once of a missing server"
  (let ((exec-path nil) (n-told 0))
    (cl-letf (((symbol-function 'message)
               (lambda (format &rest _) (when (string-prefix-p "patch-digest:" format) (cl-incf n-told)))))
      (dolist (name '("a.digest" "b.digest"))
        (with-current-buffer (find-file-noselect (write-file-in-scratch name ""))
          (expect-equal major-mode 'patch-digest-mode)
          (kill-buffer))))
    (expect-equal n-told 1)))

;;;; The server

(require 'eglot)
(require 'flymake)
(setq eglot-sync-connect 10 eglot-autoshutdown t)

(let ((path (write-file-in-scratch "server/week.txt" "")))
  (make-directory (expand-file-name "server/.git" scratch) t)
  (copy-file sample path t)
  (with-current-buffer (find-file-noselect path)
    (it "is started for a digest"
      ;; Eglot waits for the next command.
      (run-hooks 'post-command-hook)
      (wait-for (eglot-current-server))
      (expect-equal (plist-get (eglot--server-info (eglot-current-server)) :name) "patch-digest"))

    (it "gives symbols to imenu"
      (let* ((index (format "%S" (eglot-imenu))))
        (unless (string-match-p (regexp-quote "[v4 0/2] LoongArch: KVM: Add paravirt preempt support") index)
          (error "Not in %s" index))))

    (it "tells the history of a series, in plain text"
      (go-to "[PATCH v4 0/2] LoongArch: KVM: Add paravirt preempt support" 20)
      (let* ((answer (jsonrpc-request (eglot-current-server) :textDocument/hover
                                      (eglot--TextDocumentPositionParams)))
             (contents (plist-get answer :contents)))
        (unless (string-match-p "8 files \\+85 −3" (plist-get contents :value))
          (error "It says %S" contents))
        (unless (or (equal (plist-get contents :kind) "plaintext") (fboundp 'markdown-mode))
          (error "It is %S" (plist-get contents :kind)))))

    (it "leads from a shortlog line to its patch and back"
      (let ((title "LoongArch: KVM: Add paravirt preempt feature in hypervisor side"))
        (go-to (concat "  " title) 4)
        (let ((from (line-number-at-pos))
              (xref-prompt-for-identifier nil))
          (call-interactively #'xref-find-definitions)
          (expect-equal (line-number-at-pos) (line-of (concat "[PATCH v4 1/2] " title)))
          (go-to (concat "[PATCH v4 1/2] " title) 20)
          (call-interactively #'xref-find-definitions)
          (expect-equal (line-number-at-pos) from))))

    (it "finds a damaged author line, and sees it mended"
      ;; Three cut titles and a damaged name.
      (flymake-start)
      (wait-for (= (length (flymake-diagnostics)) 4))
      (go-to "Author: Bibo Mao <maobibo@loongson.cn>")
      (delete-char 2)
      (insert "u")
      (run-hooks 'post-command-hook)
      (eglot--signal-textDocument/didChange)
      (flymake-start)
      (wait-for (> (length (flymake-diagnostics)) 4))
      (let ((texts (mapconcat #'flymake-diagnostic-text (flymake-diagnostics) "\n")))
        (unless (string-match-p "Author" texts) (error "It says %s" texts)))
      (go-to "uthor: Bibo Mao <maobibo@loongson.cn>")
      (delete-char 1)
      (insert "Au")
      (eglot--signal-textDocument/didChange)
      (wait-for (= (length (flymake-diagnostics)) 4)))

    (it "ends with the last digest"
      (let ((process (jsonrpc--process (eglot-current-server))))
        (set-buffer-modified-p nil)
        (kill-buffer)
        (wait-for (not (process-live-p process)))))))

(delete-directory scratch t)
(princ (format "Emacs %s, %d checks failed\n" emacs-version n-failed))
(kill-emacs (if (> n-failed 0) 1 0))
;;; run.el ends here
