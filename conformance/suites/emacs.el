;;; emacs.el --- Calendars and files by Emacs alone  -*- lexical-binding: t; -*-

;; What `url-dav' and `icalendar' of Emacs make of the server: they are what org-caldav and TRAMP's kin are built on.
;; Reads from the environment: CALENDAR_URL and FILES_URL, each with its slash; the password is in ~/.authinfo.
;; Writes one JSON line for each claim.

(require 'icalendar)
(require 'json)
(require 'url-dav)

(setq auth-sources (list (expand-file-name "~/.authinfo"))
      url-show-status nil)
(set-language-environment "UTF-8")
(defvar emacs-calendar (getenv "CALENDAR_URL"))
(defvar emacs-files (getenv "FILES_URL"))

(defun emacs-claim (text holds detail)
  (let ((said `((claim . ,text) (holds . ,(if holds t :json-false)) (detail . ,(format "%S" detail)))))
    (princ (concat (encode-coding-string (json-encode said) 'utf-8) "\n"))))

(defmacro emacs-attempt (text form test)
  "Claims TEXT if TEST is true of the value of FORM, to which `it' is bound."
  `(condition-case trouble
       (let ((it ,form)) (emacs-claim ,text ,test it))
     (error (emacs-claim ,text nil trouble))))

(defun emacs-get (url)
  "The decoded body of URL, with lines that end as those of Emacs."
  (with-current-buffer (url-retrieve-synchronously url)
    (goto-char (point-min))
    (re-search-forward "\r?\n\r?\n")
    (let ((text (decode-coding-string (buffer-substring (point) (point-max)) 'utf-8-dos)))
      (kill-buffer)
      text)))

(defun emacs-event (uid summary)
  (mapconcat #'identity
             (list "BEGIN:VCALENDAR" "VERSION:2.0" "PRODID:-//Emacs//NONSGML icalendar.el//EN" "BEGIN:VEVENT"
                   (concat "UID:" uid) "DTSTAMP:20300101T000000Z" "DTSTART;TZID=Europe/Stockholm:20310310T100000"
                   "DTEND;TZID=Europe/Stockholm:20310310T113000" (concat "SUMMARY:" summary)
                   "END:VEVENT" "END:VCALENDAR" "")
             "\n"))

(defun emacs-save (url text type)
  (url-dav-save-resource url (encode-coding-string text 'utf-8) type))

(defun emacs-delete (url)
  "Deletes URL as org-caldav does: what `url-dav' has for that reads any date of creation wrong."
  (let ((url-request-method "DELETE"))
    (with-current-buffer (url-retrieve-synchronously url)
      (prog1 url-http-response-status (kill-buffer)))))

(defun emacs-tags ()
  "ETags of the members of the calendar, by name."
  (let (tags)
    (dolist (entry (url-dav-get-properties emacs-calendar '(DAV:getetag DAV:resourcetype) 1) tags)
      (unless (plist-get (cdr entry) 'DAV:resourcetype)
        (push (cons (file-name-nondirectory (car entry)) (plist-get (cdr entry) 'DAV:getetag)) tags)))))

(defun emacs-diary (text)
  "What the diary says after the calendar TEXT was imported."
  (let ((file (make-temp-file "diary")))
    (with-temp-buffer
      (insert text)
      (icalendar-import-buffer file t))
    (with-temp-buffer
      (insert-file-contents file)
      (buffer-string))))

(emacs-attempt "the server is known for one that does WebDAV" (url-dav-supported-p emacs-calendar) (memq 1 it))
(emacs-attempt "several properties are asked for at once"
               (cdar (url-dav-get-properties emacs-calendar '(DAV:displayname DAV:resourcetype DAV:getetag) 0))
               (and (plist-get it 'DAV:displayname)
                    (memq 'DAV:collection (plist-get it 'DAV:resourcetype))
                    (plist-get it 'DAV:getetag)))
(emacs-attempt "an event is stored"
               (emacs-save (concat emacs-calendar "emacs.ics") (emacs-event "emacs" "Möte på Åland") "text/calendar")
               it)
(emacs-attempt "its name is listed" (url-dav-directory-files emacs-calendar) (equal it '("emacs.ics")))
(emacs-attempt "it has another ETag when it has changed"
               (let ((before (cdr (assoc "emacs.ics" (emacs-tags)))))
                 (emacs-save (concat emacs-calendar "emacs.ics") (emacs-event "emacs" "Möte på Gotland") "text/calendar")
                 (list before (cdr (assoc "emacs.ics" (emacs-tags)))))
               (and (car it) (cadr it) (not (equal (car it) (cadr it)))))
(emacs-attempt "it is read back" (emacs-get (concat emacs-calendar "emacs.ics")) (string-match-p "Möte på Gotland" it))
(emacs-attempt "the calendar is imported into the diary, in the time of this place"
               (emacs-diary (emacs-get emacs-calendar))
               (string-match-p "09:00-10:30 Möte på Gotland" it))
(emacs-attempt "the event is deleted"
               (list (emacs-delete (concat emacs-calendar "emacs.ics")) (emacs-tags))
               (equal it '(204 nil)))
(emacs-attempt "a folder is made, and a file in it"
               (let ((folder (concat emacs-files "emacs/")))
                 (url-dav-make-directory folder)
                 (emacs-save (concat folder "note.txt") "hej" "text/plain")
                 (url-dav-directory-files folder))
               (equal it '("note.txt")))
(emacs-attempt "the folder is deleted with what is in it"
               (cons (emacs-delete (concat emacs-files "emacs/")) (url-dav-directory-files emacs-files))
               (and (equal (car it) 204) (not (member "emacs" it))))

;;; emacs.el ends here
