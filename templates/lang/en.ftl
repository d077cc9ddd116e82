# Every word that Callpane's pages show, in English. fr.ftl has the same keys.
# A text with %name% in the page is filled in by the page's script.

## Who is calling (pane)
caller-anonymous = Withheld number
vip = VIP
number-call = Call back
number-extension = Extension
direction-inbound = Incoming call
direction-outbound = Outgoing call
direction-internal = Internal call
direction-unknown = Call
phase-ringing = Ringing
phase-answered = Talking
phase-answered-alone = Answered
phase-rang = Rang at { $time }
phase-held = On hold
phase-wrap = Wrap-up
phase-ended = Ended
phase-finished = Finished
phase-other = Started
queue = Queue
queue-none = Direct call
dialled = Called
line = Your line
copy = Copy
copy-what = the number
copied = Copied
copy-failed = Select and copy

## What contacts know of the caller (contact)
contact = Contact
contact-several = Who is it? { $count } contacts have this number.
contact-chosen = One of { $count } with this number
contact-unknown = No contact has this number.
contact-looking = Looking up this number…
contact-away = The CRM cannot be reached at the moment.
contact-last = last time
last-time = last time: { $name }
contact-back = Choose another
contact-open = Open the contact
contact-open-in = Open in { $crm }
contact-crm = In the CRM:
contact-search = search
contact-create = create
contact-add = Create a contact
contact-name = Name
contact-company = Company
contact-email = E-mail
contact-save = Create
contact-saving = Creating…
contact-more = About the contact
contact-name-missing = Enter a name.
contact-none = This contact no longer exists.
contact-failed = Not saved: the server cannot be reached. Nothing is lost; try again.
contact-unsent = This contact is not created yet. Press Create, or press Done again to discard it.

## What became of it (pane)
unreported-started = The phone system has not reported what happened to this call.
unreported-answered = Answered at { $time }. The phone system does not report when the call ends.
became-talked = The call has ended.
became-transferred = The call was transferred.
became-transferred-to = Transferred to { $name }.
became-elsewhere = Somebody else answered.
became-elsewhere-by = Answered by { $name }.
became-missed = Missed call.
became-expired = The end of this call was never reported.
rang = rang for { $time }
talked = talked for { $time }
seconds = { $seconds } s
cause = Reason: { $cause }
extras = Recordings and tags
cards = From other systems
cards-open = Open
recording = Recording { $number }
voicemail = The caller left a message.
tags = Tags
new-tab = (opens in a new tab)
link-lost = Reconnecting: the state of the call may be out of date.

## Another call, an expired page (pane)
newest-rings = Another call is ringing:
newest-talks = You are on another call:
newest-rang = Another call rang:
newest-earlier = This page is for an earlier call. Your newest call:
newest-open = Open its page
elsewhere-title = This call was finished in another window.
expired-title = This page has expired.
expired-text = What you write here is no longer saved. Your text is still below: copy it before you close the page.

## Work on the call (pane)
work = Work on this call
notes = Notes
disposition = Outcome
required = required
disposition-missing = Choose an outcome first.
disposition-clear = Clear choice
done = Done
finishing = Finishing…
close = Close this page
close-unsaved = Close without saving
autopause = On pause until you finish
finished-title = Finished
finished-text = Your work on this call is saved. You can close this tab.
finish-failed = Not finished: the server cannot be reached. Nothing is lost; try again.
finish-failed-status = Not finished: the server answered with error { $status }. Nothing is lost; try again.
finish-refused = Not finished: something is missing. Check the outcome, then try again.
conflict-text = These notes were also changed in another window. Both texts are kept. The other window’s text:
conflict-draft = Text that had not been saved was found in this window. Both texts are kept. The unsaved text:
conflict-mark = — from another window —
conflict-append = Add it to my notes
conflict-leave = Leave it out

## Saved or not (pane)
save-idle = Saves as you type
save-withheld = Not saved yet
save-saved = Saved
save-saved-at = Saved at { $time }
save-saving = Saving…
save-retry = Not saved: will retry
save-refused = Not saved: { $reason }
save-gone = No longer saved
identity-confirmed = Agent confirmed
identity-unconfirmed = Agent not confirmed
trace = Trace code

## Who the agent is (pane)
withheld-pending = XuC is confirming who you are. Earlier calls and the contact will appear here, and what you type will be saved.
withheld-unconfirmed = XuC does not recognise your session: sign in to XucMgt again. Until then no earlier calls or contact are shown, and nothing is saved; what you type stays here.
withheld-away = XuC cannot be reached to confirm who you are. Until it can, no earlier calls or contact are shown, and nothing is saved; what you type stays here.
history-withheld = Shown as soon as XuC has confirmed who you are.
finish-not-confirmed = Your notes and outcome cannot be saved: XuC has not confirmed who you are. Copy them if you need them, then close this page.

## What is known (pane)
data = Call data
data-technical = From the phone system
data-more = Show { $count } more
history = Earlier calls
history-none = First call from this number on record.
why-more = { $count } earlier calls
history-anonymous = Without a number, earlier calls cannot be found.
history-more = Show all
history-less = Show less

## An address that leads nowhere (gone)
gone-expired-title = This page has expired
gone-expired-text = Call pages are kept for a limited time. The call’s notes are safe: ask your supervisor if you need them.
nowhere-address-title = Nothing is at this address
nowhere-address-text = Callpane is running, but this address does not lead anywhere.
nowhere-sheet-title = This address does not say who is calling
nowhere-sheet-text = Add at least one of these parameters: caller, queue, did, agent, user, id. For example: /sheet?caller=0199005577&queue=billing
nowhere-agents = Agents: call pages open by themselves in your agent application. If you use Callpane’s built-in desktop, open your personal link; your administrator has it.
nowhere-desktop = Open the built-in desktop
gone-unknown-title = There is no page at this address
gone-unknown-text = The address may be incomplete. Close this page: the next call that rings will open its own.
gone-away-title = This page cannot be shown right now
gone-away-text = Callpane cannot reach its records. Nothing is lost: try again in a moment.
gone-away-again = Try again
gone-nothing-title = No page for this call
gone-nothing-text = The rules open nothing for this call. You can close this page.
gone-check-title = Callpane answers here
gone-check-text = This page is part of an address check. Nothing was saved and nobody was called.
close-hint = You can close this tab.

## The built-in agent desktop (desktop)
desk-title = Your calls
desk-title-of = Your calls: { $name }
desk-title-rings = Ringing: { $who }
desk-title-tabs = ({ $count }) Your calls
desk-connecting = Connecting…
desk-connected = Connected
desk-reconnecting = Reconnecting since { $time }
desk-noscript = This page needs JavaScript to show your calls.
desk-waiting = Calls without a page yet
desk-tabs = Pages of your calls
desk-page = Page of { $who }, { $time }
desk-new = new
desk-new-call = New call: { $who }
desk-rings = { $who } is calling.
desk-talks = You are talking with { $who }.
desk-ended = The call with { $who } has ended.
desk-show = Show this call
desk-phase-started = Started
desk-phase-ringing = Ringing
desk-phase-transferred = Transferred
desk-phase-elsewhere = Answered elsewhere
desk-phase-missed = Missed
desk-phase-expired = End not reported
desk-phase-over = Finished elsewhere
desk-outside = Open in a new window
desk-window = Open its window
desk-popup = This page opens in a window of its own.
desk-popup-opened = This page is open in a window of its own.
desk-run = The rule for this call starts a program, which a browser cannot do: { $program }
desk-bad-url = Not a web address, not opened: { $url }
desk-close = Close this tab
desk-unsaved = What is written here is not saved yet.
desk-not-closed = Not closed: the server cannot be reached. Try again.
desk-empty-title = No call right now
desk-empty-text = Leave this page open: the page of your next call opens here.
desk-alerts = Alerts
desk-alerts-text = When a call rings while you are looking at another window:
desk-alerts-notification = Show a notification
desk-alerts-sound = Play a soft sound
desk-alerts-refused = This browser does not allow notifications from this page. Allow them in its settings for this site, then switch them on again.
desk-missed = Missed calls
desk-missed-count = Missed: { $count }
desk-show-page = Show its page
desk-open-page = Open its page
desk-other-title = Your calls are shown in another window
desk-other-text = When that window is closed, they are shown here.
desk-here = Show them here
presence-own = Your status:
presence-available = Available
presence-away = Away
presence-busy = Busy
presence-dnd = Do not disturb
presence-until = until { $time }
telephony-registered = phone idle
telephony-ringing = phone ringing
telephony-talking = on a call
telephony-rt = on a call, phone ringing
desk-sign-out = Sign out
desk-sign-out-unsaved = Sign out anyway
desk-denied-text = Pages that are open can still be finished.

## Signing in to the desktop (desktop_sign_in)
sign-in-none-title = Open your personal link
sign-in-none-text = This desktop shows the calls of one agent. Your personal link says whose: your administrator has it.
sign-in-unknown-title = This link is not valid
sign-in-unknown-text = It may have been replaced. Ask your administrator for a new personal link.
sign-in-ended-title = You are no longer signed in
sign-in-ended-text = Open your personal link again. If it no longer works, ask your administrator for a new one.
sign-in-out-title = You are signed out
sign-in-out-text = This browser no longer shows any calls. To come back, open your personal link again.
sign-in-away-title = Your calls cannot be shown right now
sign-in-away-text = Callpane cannot reach its records. Nothing is lost: try again in a moment.
sign-in-admin = For the administrator: the links are printed by

## The demo’s agent application (demo_desktop)
demo-brand = Demo agent desktop
demo-title = Make a call ring
demo-lead = This page stands in for XiVO’s agent application. Press Ring: it asks Callpane what to do, as the real one does, and opens what Callpane answers. Below is everything that goes over the wire.
demo-noscript = This page needs JavaScript: it stands in for a program that runs in the browser.
demo-phone = Phone
demo-agent = Agent
demo-caller = Caller
demo-queue-none = No queue: direct call
demo-direct = direct call
demo-ring = Ring
demo-answer = Answer
demo-hold = Hold
demo-resume = Resume
demo-hangup = Hang up
demo-calls = Current calls
demo-calls-none = No call. Ring a second time during a call to try call waiting.
demo-call-ringing = ringing
demo-call-established = talking
demo-call-held = on hold
demo-trouble = Call data and faults
demo-data = Call data
demo-data-help = One KEY=value per line, as the phone system attaches it.
demo-delay = Delay the request (ms)
demo-reported = XuC reports the call to Callpane: answer, hold, end
demo-second = A second window of this agent is open
demo-fail = Send the request to an address that fails
demo-needs-caller = Type a number to call from.
demo-ready = Ready
demo-paused = Paused
demo-pause = Pause
demo-unpause = Go ready
demo-panes = Pages opened
demo-panes-none = No page yet. A page opens here when a call rings.
demo-untitled = Page
demo-log = Wire log
demo-log-help = Requests go to { $url }. Each answer shows the time it took, as the browser saw it.
demo-armed-none = No answer loaded
demo-armed-nothing = Answer loaded: opens nothing
demo-armed = Answer loaded: { $action } at { $event }
demo-fired = Answer used: { $action } at { $event }
demo-with-autopause = with pause
demo-body = Body
demo-log-second = The second window sends the request as well; what it opens is in that window.
demo-log-waits = The request is delayed by { $ms } ms.
demo-log-answered = { $status } in { $ms } ms
demo-log-failed = Failed after { $ms } ms: { $reason }. The agent is not told; the loaded answer is dropped.
demo-log-unfired = Released without an answered call on record: nothing is opened.
demo-log-opened = Opened in a tab: { $title }
demo-log-popup = Opened in a window: { $url }
demo-log-popup-blocked = The browser blocked the window: { $url }
demo-log-run = The desktop assistant would run: { $url }
demo-log-nothing = Nothing is opened for action “{ $action }”.
demo-log-bad-url = Not a web address, not opened: { $url }
demo-log-message = “{ $text }” from { $origin }
demo-log-message-ignored = “{ $text }” from { $origin }: ignored
demo-log-cleared = Page closed, loaded answer dropped.
demo-log-pause = The agent is paused.
demo-log-unpause = The agent is ready again.
demo-log-stuck = The agent stays paused: the loaded answer does not ask for the pause to end.

demo-vendors = Phone systems
demo-vendors-lead = These phone systems report their calls by webhook. Play a call: it rings below, on an agent’s built-in desktop, whose page follows the call and moves on to wrap-up. The wire log shows each request as that system sends it.
demo-vendor = Phone system and call
demo-kind-inbound = inbound call
demo-kind-outbound = outbound call
demo-kind-ivr = voice menu, then an agent
demo-kind-voicemail = missed call with voicemail
demo-kind-queue = queue call with its summary
demo-kind-presence = presence change
demo-play = Play the call
demo-play-stop = Stop
demo-play-step = Next request
demo-step-sent = (sent)
demo-built-in = The calls ring here, on the built-in desktop of Priya Nair.
demo-built-in-tab = Open it in a tab of its own
demo-built-in-title = Built-in desktop of Priya Nair
demo-request = Headers and body
demo-log-played = { $status } in { $ms } ms
demo-log-not-played = Not sent: { $reason }

## The demo’s CRM (demo_crm)
crm-brand = Demo CRM
crm-title = A CRM’s page, opened by Callpane
crm-lead = A rule with an address of yours opens your own page instead of Callpane’s. This one shows what it was opened with.
crm-query = What the address carried
crm-query-none = The address carried no query.
crm-contacts = Contacts
crm-contacts-none = No contact has this number.
crm-company = Company
crm-email = E-mail
crm-phone = Number
crm-vip = VIP
crm-told = What destinations sent to this CRM
crm-told-none = Nothing yet. Play a call and finish its page, then load this page again.
crm-told-elsewhere = This is shown only on the machine that Callpane runs on.
crm-key = Name
crm-value = Value

## Somebody else’s page within Callpane’s (wrapper)
wrapper-frame = The page that was opened for this call
wrapper-open = Open it in a tab of its own
wrapper-refused = This page cannot be shown here.

## Why a page opened, or nothing (explain)
explain-agent = agent { $id }
explain-rule = rule { $number } “{ $name }”
explain-rule-unnumbered = rule “{ $name }”
explain-rule-default = the default (there are no rules)
explain-at = at { $time }
explain-at-yesterday = yesterday at { $time }
explain-at-day = on { $date } at { $time }
explain-seen-yesterday = yesterday at { $time }
explain-yesterday = yesterday
explain-on-day = on { $date }
explain-opened = The page opened for { $agent } { $at }, as { $rule } says.
explain-finished = The page opened for { $agent } { $at }, as { $rule } says (Done: { $finished }).
explain-already-open = No new page opened for { $agent } { $at }: the page of this call was already open, since { $since }.
explain-rule-none = Nothing opened for { $agent } { $at }: { $rule } says to open nothing.
explain-endpoint-none = Nothing opened for { $agent } { $at }: { $rule } asked its endpoint, which says to open nothing.
explain-rule-failed = Nothing opened for { $agent } { $at }: { $rule } could not be carried out ({ $reason }).
explain-rules-failed = Nothing opened for { $agent } { $at }: { $reason }.
explain-no-rule = Nothing opened for { $agent } { $at }: no rule matches this call (rules: { $count }).
explain-outbound = Nothing opened for { $agent } { $at }: the agent placed this call, and no rule is for outbound calls.
explain-unused = Nothing opened for { $agent } { $at }: the desktop was told to open a page, as { $rule } says, but never did.
explain-unused-desktop = Nothing opened for { $agent } { $at }: a page is ready on the built-in desktop, as { $rule } says, but it was never opened.
explain-expired = Nothing opened for { $agent } { $at }: { $rule } has a page for this call, but it was never opened, and its address has expired ({ $expired }).
explain-pending = The desktop of { $agent } was told { $at } to open a page, as { $rule } says; it has not opened it yet.
explain-pending-desktop = A page was made ready { $at } on the built-in desktop of { $agent }, as { $rule } says; it has not been opened yet.
explain-waits-answered = The phone of { $agent } rang { $at }; nothing has opened yet: { $rule } opens its page when the call is answered, and no answer has been seen.
explain-not-answered = Nothing opened for { $agent } { $at }: { $rule } opens its page when the call is answered, and this agent did not answer it.
explain-not-answered-ended = Nothing opened for { $agent } { $at }: { $rule } opens its page when an answered call has ended, and this agent did not answer it.
explain-silence-answered = Nothing opened for { $agent } { $at }: { $rule } opens its page when the call is answered, and neither an answer nor the end of the call was reported.
explain-silence-ended = Nothing opened for { $agent } { $at }: { $rule } opens its page when an answered call has ended, and neither an answer nor the end of this one was reported.
explain-unreported-answered = Nothing opened for { $agent } { $at }: { $rule } opens its page when the call is answered, and Callpane cannot tell whether it was: no phone system reports this call.
explain-unreported-ended = Nothing opened for { $agent } { $at }: { $rule } opens its page when an answered call has ended, and Callpane cannot tell whether it has: no phone system reports this call.
explain-apart-answered = Nothing opened for { $agent } { $at }: { $rule } opens its page when the call is answered, and Callpane cannot tell whether this agent answered it: nothing is known of this agent’s part in the call.
explain-apart-ended = Nothing opened for { $agent } { $at }: { $rule } opens its page when an answered call has ended, and Callpane cannot tell whether this agent answered it: nothing is known of this agent’s part in the call.
explain-waits-ended = The phone of { $agent } rang { $at }; nothing has opened yet: { $rule } opens its page when an answered call has ended, and no end has been seen.
explain-external = The desktop of { $agent } was told { $at } to open a page at { $site }, as { $rule } says; Callpane cannot see whether it did.
explain-external-answered = The desktop of { $agent } was told { $at } to open a page at { $site } when the call is answered, as { $rule } says; Callpane cannot see whether it did.
explain-external-ended = The desktop of { $agent } was told { $at } to open a page at { $site } when the answered call has ended, as { $rule } says; Callpane cannot see whether it did.
explain-program = The desktop of { $agent } was told { $at } to run a program ({ $site }), as { $rule } says; Callpane cannot see whether it did.
explain-run-not-answered = Nothing ran for { $agent } { $at }: { $rule } runs its program when the call is answered, and this agent did not answer it.
explain-run-not-answered-ended = Nothing ran for { $agent } { $at }: { $rule } runs its program when an answered call has ended, and this agent did not answer it.
explain-run-waits-answered = The phone of { $agent } rang { $at }; nothing has run yet: { $rule } runs its program when the call is answered, and no answer has been seen.
explain-run-waits-ended = The phone of { $agent } rang { $at }; nothing has run yet: { $rule } runs its program when an answered call has ended, and no end has been seen.
explain-away = Nothing opened for { $agent } { $at }: the database could not be reached ({ $reason }), so no page could be kept.
explain-away-opened = The desktop of { $agent } was told { $at } to open another system’s page, as { $rule } says; the database could not be reached ({ $reason }), so nothing of this call was kept.
explain-away-program = The desktop of { $agent } was told { $at } to run a program, as { $rule } says; the database could not be reached ({ $reason }), so nothing of this call was kept.
explain-away-too = In addition, the database could not be reached ({ $reason }), so only this ring was recorded.
explain-other-agent = Nothing opened for { $agent } { $at }: the call rang for { $others }.
explain-not-asked = Nothing opened for { $agent } { $at }: { $source } reported the call, but no desktop of this agent asked what to open.
explain-undecided = Nothing opened for { $agent } { $at }, when { $source } reported the call. { $why }
explain-undecided-entry = Nothing opened for { $agent } { $at }, when { $source } reported the call. { $why } { $entry }
explain-no-ring = No request from { $agent } between { $from } and { $until }{ $day }; last seen { $seen }.
explain-no-ring-since = No request from { $agent } between { $from } and { $until }{ $day }; the newest one: { $seen }.
explain-never-seen = No request from { $agent } between { $from } and { $until }{ $day }; none is on record.
explain-other-callers = Between { $from } and { $until }{ $day }, the phone of { $agent } rang, but not from this number.
explain-no-call = No call from this number is on record between { $from } and { $until }{ $day }.
explain-in-future = That time has not come yet: you asked about a call { $at }, and it is { $now } now.
explain-not-running = Nothing opened for { $agent } { $at }: Callpane was not running between { $before } and { $after }.
explain-before-record = Nothing is on record for { $agent } { $at }: Callpane’s records begin { $since }.
explain-deleted = Nothing is on record any more for { $agent } { $at }: what is older than { $since } has been deleted.
explain-call-deleted = Nothing about this call, which began { $at }, is on record any more.
explain-too-many = No request from { $agent } was found between { $from } and { $until }{ $day }, but Callpane received too many requests to look at all of them.
explain-several = “{ $text }” means several agents here: { $agents }.
explain-several-also = “{ $text }” also means { $agents }.
explain-rings-missing = Rings of this call that desktops reported: { $told }; on record: { $found }.
explain-also = Other rings
explain-also-rang = The phone of { $agent } also rang { $at }.
explain-cause-refused = Requests were refused in that time (times: { $count }, { $code }): { $detail }
explain-cause-others = Other agents’ phones rang in that time (rings: { $count }), so Callpane could be reached: look at this agent’s desktop.
explain-cause-closed = The agent’s desktop was closed, logged out, or in a tab that was asleep.
explain-cause-setup = THIRD_PARTY_URL is not set on this agent’s XiVO, or XucMgt has not been restarted since it was set.
explain-cause-network = The agent’s browser could not reach Callpane: its host name (DNS), the network, or the certificate. To find out, run on that computer: callpane check URL
explain-cause-no-call = The agent’s phone did not ring in that time: ask the phone system.
explain-cause-no-report = { $sources } reported no call for this agent: look at Events and Refused requests, and at the address that the phone system calls.
explain-cause-name = Nobody is known here by that name: try their user id, line, or full name.
explain-cause-popup = The agent’s browser blocked the pop-up window: allow pop-ups for the agent’s desktop.
explain-cause-hung-up = The agent’s desktop was reloaded or closed before it could show the page.
explain-cause-unreachable = The agent’s browser cannot reach { $url }, does not trust its certificate, or blocks it because it is http within https.
explain-cause-asleep = The tab was asleep, or the computer was.
explain-cause-signed-out = The agent was not signed in to the built-in desktop.
explain-cause-unanswered = The agent did not answer the call, so no page opens.
explain-cause-no-source = No phone system is configured: with a [[source]], Callpane hears whether calls are answered (docs/phone-systems.md).
explain-cause-not-heard = { $sources } reported nothing of this call: look at Refused requests, and at the address that the phone system calls.
explain-today-same = Under today’s rules it would be the same.
explain-today-none = Under today’s rules (version { $version }): { $rule } says to open nothing.
explain-today-no-rule = Under today’s rules (version { $version }): no rule matches.
explain-today-page = Under today’s rules (version { $version }): the hosted page would open, as { $rule } says.
explain-today-site = Under today’s rules (version { $version }): a page at { $url } would open, as { $rule } says.
explain-today-run = Under today’s rules (version { $version }): a program would run, as { $rule } says.
explain-today-asks = Under today’s rules (version { $version }): { $rule } would ask { $url }.
explain-page = Why did nothing open?
explain-outcome-opened = Opened
explain-outcome-nothing = Nothing opened
explain-outcome-waiting = Not yet
explain-outcome-unknown = Not known
explain-caller = Caller
explain-causes = Most likely
explain-happened = What happened
explain-raw = Show what was sent
explain-decided = How the rules decided
explain-version = configuration { $version }
explain-since = in force since
explain-disagrees = Replayed, this configuration gives a different decision from the recorded one: the rules were changed in that second, or what they saw cannot be restored.
explain-rules-before = Rules before these that do not match: { $count }
explain-rules-after = Rules that were not reached: { $count }
explain-rule-decided = decided
explain-rule-passed = its endpoint did not decide
explain-rule-unmatched = does not match
explain-holds = Holds
explain-condition = Condition
explain-was = Was
explain-true = true
explain-false = false
explain-unless = unless
explain-saw = was { $value }
explain-saw-nothing = was not known
explain-no-conditions = no conditions
explain-problem-when = With a number, enter the time of the call, too.
explain-same-id = Several phone systems have a call with this id; this is the newest. For another one, enter SOURCE:ID.
explain-problem-time = That is not a time: write 10:42, 10:42:07, or 2026-11-21 10:42.
explain-problem-none = There is no such call.
explain-step-asked = The agent’s desktop asked what to open ({ $source })
explain-step-asked-from = The agent’s desktop asked what to open ({ $source }, from { $origin })
explain-step-decided = Decided by { $rule }
explain-step-answered = { $action ->
    [open] Replied: open a page
    [popup] Replied: open a page in a pop-up window
    [run] Replied: run a program
    [none] Replied: open nothing
   *[other] Replied: { $action }
}
explain-step-answered-with = { $action ->
    [open] Replied: open the page “{ $target }”
    [popup] Replied: open the page “{ $target }” in a pop-up window
    [run] Replied: run “{ $target }”
   *[other] Replied: { $action } “{ $target }”
}
explain-step-answered-without = { $action ->
    [open] Replied without the database: open a page ({ $reason })
    [popup] Replied without the database: open a page in a pop-up window ({ $reason })
    [run] Replied without the database: run a program ({ $reason })
    [none] Replied without the database: open nothing ({ $reason })
   *[other] Replied without the database: { $action } ({ $reason })
}
explain-step-fetched = The page was opened
explain-step-not-fetched = No page was opened: the desktop had the answer and did not use it
explain-step-not-fetched-desktop = The page was not opened on the built-in desktop
explain-step-no-page = There was no page to open
explain-step-finished = Done
explain-step-finished-with = Done: { $disposition }
explain-step-finished-notes = Done, with notes
explain-step-finished-notes-with = Done, with notes: { $disposition }
explain-step-noted = Notes were saved; Done has not been pressed
explain-step-noted-before = Notes were saved
explain-step-noted-with = Notes were saved, and { $disposition } was chosen; Done has not been pressed
explain-step-chose = { $disposition } was chosen; Done has not been pressed
explain-step-card = { $name } posted the card “{ $title }”
explain-step-reported = { $source }: { $kind }
explain-step-reported-of = { $source }: { $kind }, { $agent }
explain-step-rang-other = The same call also rang for { $agent }
explain-step-looked-up = { $lookup } was asked who is calling (contacts found: { $count })
explain-step-lookup-failed = { $lookup } was asked who is calling, and did not answer: { $reason }
explain-step-delivered = { $kind } was delivered to { $destination } (attempts: { $count })
explain-step-owed = { $kind } has not been delivered to { $destination } yet (attempts: { $count })
explain-step-owed-because = { $kind } has not been delivered to { $destination } yet (attempts: { $count }): { $reason }
explain-step-undelivered = { $kind } was not delivered to { $destination } (attempts: { $count }): { $reason }

## The console: what stands around every page (console/frame)
console-skip = Skip to the content
console-sections = Sections
console-home = Home
console-live = Live
console-calls = Calls
console-deliveries = Deliveries
console-events = Events
console-refusals = Refused requests
console-access = Access
console-audit = Audit log
console-role-viewer = Viewer
console-role-supervisor = Supervisor
console-role-admin = Administrator
console-count-live = agents probably still paused: { $count }
console-count-deliveries = failed deliveries and paused destinations: { $count }
console-count-events = silent phone systems and failing lookups: { $count }
console-count-refusals = refused requests: { $count }
console-search = Search
console-search-hint = Number, agent, call or trace code  ( / )
console-lamp-good = Responding normally
console-lamp-slow = Responding slowly
console-lamp-errors = { $count ->
    [one] 1 request not stored
   *[other] { $count } requests not stored
}
console-lamp-away = Database unavailable
console-ms = { $ms } ms
console-yesterday = yesterday { $time }
console-at = Time
console-agent = Agent
console-caller = Caller
console-queue = Queue
console-state = State
console-rule = Rule
console-page = Page

## The console’s first page (console/home)
home-rings = Requests from desktops today
home-opened = Pages offered today
home-open-pages = Open pages
home-now = now
home-p50 = Median response time today
home-p99 = 99th percentile today
home-errors = Requests not stored today
home-yesterday = yesterday: { $count }
home-yesterday-ms = yesterday: { $ms } ms
home-yesterday-none = yesterday: –
home-attention = Needs attention
home-attention-none = Nothing.
home-attention-live = { $count ->
    [one] One agent is probably still paused
   *[other] { $count } agents are probably still paused
}
home-attention-deliveries = { $count ->
    [one] One delivery failed, or one destination is paused
   *[other] { $count } failed deliveries and paused destinations
}
home-attention-events = { $count ->
    [one] One phone system is silent, or one lookup is failing
   *[other] { $count } silent phone systems and failing lookups
}
home-attention-refusals = { $count ->
    [one] One request was refused in the last 24 hours
   *[other] { $count } requests were refused in the last 24 hours
}
home-why-at = Time
home-why-ask = Explain
home-steps = Set-up
home-steps-done = Set-up: complete
home-step-done = Done
home-step-open = To do
home-url = Add this line to the custom.env of XiVO, and restart XucMgt:
home-step-origin = The address of the agents’ desktop is set
home-step-origin-how = Set CALLPANE_DESKTOP_ORIGINS to the address of the agents’ desktop, and restart Callpane. Until then, any website can ask Callpane for call pages.
home-step-ring = A phone has rung
home-step-ring-how = Add THIRD_PARTY_URL to XiVO’s settings (an administrator sees the line here), or add a phone system to the configuration; then call an agent.
home-step-page = An agent has seen a page
home-step-page-how = Nothing to do here: the page opens in the agent’s desktop at the next call.
home-step-delivery = A CRM has been notified of a call
home-step-delivery-how = Add a [[destination]] to the configuration, from a preset or by hand, and apply it.

## What goes on now (console/live)
live-up = Updated as it happens
live-down = Connection lost; trying again
live-noscript = Reload the page for the latest state.
live-calls = Calls
live-none = No calls at the moment.
live-none-text = A call appears here as soon as an agent’s phone rings.
live-phase-started = Started
live-phase-ringing = Ringing
live-phase-answered = Talking
live-phase-held = On hold
live-phase-ended = Ended
live-phase-unknown = Not reported
live-page-none = None
live-page-waiting = Opens later
live-page-unanswered = Not opened: not answered
live-page-unopened = Not opened yet
live-page-program = Runs a program
live-page-elsewhere = Other site
live-page-open = Opened
live-page-finished = Finished
live-pauses = agent paused
live-agents = Agents
live-agents-none = No agents are configured. XiVO agents need no configuration: they appear above when their phone rings.
live-status = Status
live-telephony = Phone
live-desktop = Built-in desktop
live-signed-in = Signed in
live-agent-calls = Calls
live-paused = { $agent } is probably still paused.
live-paused-why = { $minutes ->
    [one] The tab of a page that keeps the agent paused was closed without Done a minute ago.
   *[other] The tab of a page that keeps the agent paused was closed without Done { $minutes } minutes ago.
}
live-paused-what = Ask them to end the pause in their application; then close the page here, so that their next call does not pause them again.
live-paused-call = Call:
live-paused-close = Close the page

## The way into the console (console/sign_in, console/sign_in_link)
entry-title = Sign in to Callpane
entry-name = Name
entry-password = Password
entry-sign-in = Sign in
entry-wrong = Wrong name or password.
entry-wait = Too many attempts. Wait a minute, then try again.
entry-out = You are signed out.
entry-away = Nobody can sign in at the moment: the database is unavailable. Try again.
entry-link = This link signs you in as { $name }, once.
entry-new-password = Choose a password
entry-new-password-rule = At least { $count } characters. Leave it empty to change nothing; without a password, your next sign-in needs another link.
entry-link-ended = This link has been used already, or has expired.
entry-link-again = Ask an administrator for another one, or run on the server:
entry-by-password = Sign in with a password
entry-sso = Single sign-on
entry-sso-by = Sign in with { $name }
entry-or-password = Or with a password:
entry-sso_away = Your identity provider cannot be reached, or does not answer as it should. Try again in a moment, or sign in with a password. The log says why.
entry-sso_failed = This sign-in could not be completed: it was begun in another browser, took too long, or has been used already. Start again.
entry-sso_denied = Your identity provider did not sign you in.
entry-sso_role = You have no access here: nothing in { $claims }, as your identity provider sends it, gives you a role. Ask whoever administers your account there.
entry-sso_name = Somebody else here is already called { $name }. Ask an administrator: once that operator has been removed, you can sign in.

## What the console refuses (console/problem)
problem-role-title = Your role may not do this
problem-role-text = Nothing was changed. An administrator can do it, or give you another role.
problem-form-title = This form can no longer be sent
problem-form-text = The page was open for too long, or belongs to another session, so nothing was changed. Go back, reload the page, and try again.
problem-out-title = You are signed out
problem-out-text = Your session has ended, so nothing was changed. Sign in, then try again.
problem-call-title = There is no such call
problem-call-text = It may have been deleted, or the address is incomplete.
problem-delivery-title = There is no such delivery
problem-delivery-text = It may have been deleted, or the address is incomplete.
problem-destination-title = There is no such destination
problem-destination-text = Nothing was changed. It may have been renamed in the configuration, or removed from it.
problem-missing-title = Not found
problem-missing-text = It no longer exists, or the address is incomplete.
problem-away-title = This does not work at the moment
problem-away-text = The database is unavailable, or too much is going on at once. Nothing was lost: try again in a moment.
problem-failed-title = Something went wrong
problem-failed-text = The request could not be handled. The server’s log says why.
problem-other-title = That was not accepted
problem-other-text = Nothing was changed. Go back, correct what you sent, and try again. What is wrong:
problem-back = Back to the console

## Who may come in (console/account, console/access)
access-account = Your account
access-password-changed = The password has been changed. Your other sessions have ended.
access-password-set = Your password is set by the setting
access-present-password = Current password
access-chosen-password = New password
access-password-rule = At least { $count } characters. Your other sessions end when you change it.
access-change = Change
access-own-sessions = Where you are signed in
access-sessions = Sessions
access-operators = Operators
access-operator = Operator
access-role = Role
access-role-of = Role of { $name }
access-added = Added
access-password-chosen = Set
access-password-none = Not set yet
access-link = Create sign-in link
access-remove = Remove
access-add-operator = Add operator
access-browser = Browser
access-signed-in = Signed in
access-used = Last used
access-this = This one
access-end = End
access-tokens = API tokens
access-tokens-none = No program has a token of its own.
access-made = Created
access-expires = Expires
access-expired = Expired
access-revoke = Revoke
access-in-days = in { $count } days
access-never = never
access-add-token = Create token
access-made-link = This link signs in { $name } once, within 15 minutes. Send it to them: it will not be shown again.
access-made-token = This is the token of { $name }. Copy it: it will not be shown again.
access-problem-exists = An operator with this name already exists.
access-problem-last = This is the only administrator. Make somebody else one first.
access-problem-unknown = There is no longer an operator with this name.
access-problem-invalid = That was not accepted: an operator’s name has up to 60 letters, digits and . _ - @, a token’s name up to 100 characters; the role and the expiry must be among those offered.
access-problem-password = The new password was not accepted: it must have at least { $count } characters.
access-problem-wrong = The current password is wrong.
access-sso-account = You sign in by single sign-on: your identity provider has your password, and decides your role.
access-problem-elsewhere = This operator signs in by single sign-on: the identity provider decides their role, and they have neither a password nor a link here.
access-problem-gone = It no longer exists.
console-role-cards = Cards only

## Who did what (console/audit)
audit-actor = Who
audit-act = Action
audit-subject = Subject
audit-before = Before
audit-after = After
audit-all = Everything
audit-filter = Filter
audit-older = Older
audit-none = No matching entries.
audit-via-console = in the console
audit-via-token = with a token
audit-via-command = by a command on the server
audit-signed_in = Signed in
audit-signed_out = Signed out
audit-session_ended = Ended a session
audit-operator_added = Added an operator
audit-operator_changed = Changed an operator’s role
audit-operator_removed = Removed an operator
audit-password_set = Set a password
audit-sign_in_link_made = Created a sign-in link
audit-token_added = Created a token
audit-token_revoked = Revoked a token
audit-agent_signed_out = Signed out an agent
audit-server_key_rotated = Rotated the server key
audit-configuration_applied = Applied a configuration
audit-deliveries_resent = Resent deliveries
audit-destination_paused = Paused a destination
audit-destination_resumed = Resumed a destination
audit-list_imported = Imported contacts
audit-list_forgotten = Deleted a list of contacts
audit-page_closed = Closed a page that paused its agent
audit-card_posted = Posted a card
audit-card_removed = Removed a card

## The console: calls and search (console/calls, console/search)
calls-csv = Download as CSV
calls-filters = Filter calls
calls-at = Time
calls-number = Number
calls-outcome = Outcome
calls-opened = Page
any-feminine = Any
calls-opened-yes = Opened
calls-opened-no = Not opened
calls-show = Filter
calls-clear = Show all
calls-problem-at = This is not a time. Write 10:42 or 2026-11-21 10:42.
calls-problem-number = This is not a phone number.
calls-problem-other = This filter cannot be read.
calls-none = No call matches.
calls-none-yet = No call has rung yet.
calls-none-text = Add THIRD_PARTY_URL to XiVO’s settings, or a phone system to the configuration. To simulate a first call from a terminal:
calls-looked-back = Searched back to:
calls-older = Older calls
calls-page-none = None
calls-page-waiting = Opens later
calls-page-unanswered = Not answered
calls-page-unopened = Not opened
calls-page-program = Program
calls-page-elsewhere = Other site
calls-page-open = Opened
calls-page-finished = Finished
calls-phase-started = Started
calls-phase-ringing = Ringing
calls-phase-answered = Talking
calls-phase-held = On hold
calls-phase-ended = Ended
calls-phase-rang = Rang
calls-ending-talked = Talked
calls-ending-transferred = Transferred
calls-ending-elsewhere = Answered elsewhere
calls-ending-missed = Missed
calls-ending-expired = End not reported
search-kind = Type
search-name = Name
search-detail = Details
search-kind-call = Call
search-kind-caller = Caller
search-kind-agent = Agent
search-kind-queue = Queue
search-kind-rule = Rule
search-kind-source = Phone system
search-kind-destination = Destination
search-kind-lookup = Lookup
search-none = Nothing found for “{ $text }”.
search-none-text = Search for a number in any format, an agent, a call id, the trace code that a page shows, or a name from the configuration.

## The API's reference (api)
api-title = Callpane API
api-token = Every request needs a token, that of CALLPANE_API_TOKEN or one created for the program:
api-document = OpenAPI document
api-operations = Endpoints
api-request = Request
api-answer = Answer
api-refused = Refused with
api-name = Name
api-code = Code
api-role = Role:
api-meaning = Meaning
api-required = required
api-in-path = in the path
api-in-query = in the query
api-in-header = header
api-in-body = in the body

## Deliveries (console/deliveries, console/delivery, console/done)
sent-failures = Failed
sent-failures-span = in the last 7 days
sent-since = since
sent-destination = Destination
sent-destinations = Destinations
sent-counted-since = delivered and failed, counted since
sent-reason = Reason
sent-no-reason = No reason recorded
sent-count = Deliveries
sent-newest = Newest
sent-oldest = Oldest
sent-do = Actions
sent-show = Show them
sent-all-since = All since
sent-resend = Resend
sent-send-now = Send now
sent-resend-selected = Resend selected
sent-owed = Waiting
sent-delivered = Delivered
sent-failed = Failed
sent-delivered-day = Delivered, 24 h
sent-failed-day = Failed, 24 h
sent-destination-on = on
sent-destination-off = off
sent-destination-silent = silent
sent-destination-failing = failing
sent-destination-paused = paused
reason-status = the answer was { $status }
reason-late = no answer within { $seconds } s
reason-hand = paused by hand
reason-private = { $host } leads into a private network; if that is intended, add the network to CALLPANE_PRIVATE_TARGETS
reason-token_none = the authorization server answered { $status } without a token
reason-refused = connection refused
reason-unresolved = the host name could not be resolved
reason-unreachable = the host could not be reached
reason-closed = the connection was closed before an answer came
reason-expired = the TLS certificate has expired
reason-other_name = the TLS certificate is for another host name
reason-unknown_issuer = the TLS certificate was issued by an unknown authority
reason-certificate = the TLS certificate is not valid
reason-too_large = the answer is larger than 1 MiB
reason-token_late = the authorization server did not answer in time
reason-queue_late = SQS did not answer in time
sent-pause = Pause
sent-resume = Resume
sent-no-destination = No destination is configured.
sent-no-destination-text = A destination is a system that is notified of calls: a CRM, a chat, a message queue. Add one to a file from a preset or by hand, apply it, and try it out:
sent-list = All deliveries
sent-any = Any
sent-call = Call
sent-call-of = Show the call
sent-from = Since
sent-filter = Filter
sent-clear = Show all
sent-event = Event
sent-attempts = Attempts
sent-select = Select
sent-select-one = { $destination }, { $time }
sent-older = Older
sent-looked-back = Searched back to:
sent-look-on = Look further back
sent-wrong-call = This is not a call id: copy it from the address of the call’s page.
sent-wrong-since = This is not a time: write 2026-11-21T10:42.
sent-wrong-reason = The delivery that gave the reason has been resent or deleted: choose the reason again, or show all.
sent-none = Nothing has been sent yet.
sent-none-text = Each event of a call that a destination wants appears here at once. The same list for programs:
sent-none-match = No delivery matches.
sent-state-failed = failed
sent-state-owed = waiting
sent-state-delivered = delivered
sent-state-rejected = refused
sent-state-exhausted = given up
sent-state-silent = not sent: silent destination
sent-state-skipped = nothing to send
sent-done-resent = { $count ->
    [0] Nothing was resent: what is being sent right now is left alone.
    [one] 1 delivery is being resent.
   *[other] { $count } deliveries are being resent.
}
sent-done-unselected = Nothing was selected.
sent-done-waiting = The destination is paused: what is to be resent waits until it is resumed.
sent-done-paused = The destination is paused. Deliveries wait until you resume it.
sent-done-resumed = The destination is resumed. What was waiting is sent now.
sent-title = { $event } to { $destination }
sent-settled = Settled
sent-due = Next attempt
sent-id = Id
sent-attempt = Attempt { $number }
sent-verdict-delivered = delivered
sent-verdict-retry = to be retried
sent-verdict-rejected = refused
sent-verdict-silent = not sent
sent-verdict-skipped = nothing to send
sent-request = Request
sent-no-request = The request could not be built.
sent-answer = Answer
sent-empty-answer = The answer was empty.
sent-no-answer = No answer.
sent-no-attempt = No attempt has been made yet.
sent-facts = Everything that templates can use

## Events (console/events)
told-sources = Sources
told-source = Source
told-address = Address
told-heard = Last event
told-state-on = on
told-state-quiet = gone silent
told-state-never = nothing received yet
told-state-off = off
told-queue = Reads its message queue
told-try = Try it from a terminal
told-no-source = No phone system is configured.
told-no-source-text = XiVO agents need no [[source]]. For any other phone system, add a [[source]] to the configuration and apply it; its address then appears here.
told-list = Accepted events and rings
told-which = Which
told-all = All
told-only-warnings = Only incomplete ones
told-warnings = { $count ->
    [one] One of these events lacks something that the phone system should send.
   *[other] { $count } of these events lack something that the phone system should send.
}
told-show-warnings = Show only these
told-why = What came of it
told-opened = Its page opened
told-warning = incomplete
told-repeats = { $count ->
    [one] sent twice
   *[other] sent { $count } more times
}
told-body = As received
told-none = No event has been received yet.
told-none-text = Every ring and every event of a phone system appears here at once. To send one from a terminal:
told-none-match = No event matches.
told-why-answered = Its page opens when the call is answered.
told-why-ended = Its page opens when the call has ended.
told-why-unanswered = Its page did not open: the agent did not answer the call.
told-why-unreported = Its page opens later in the call, and no phone system reports this call.
told-why-absent = Its page has not been opened yet: is the agent signed in to the built-in desktop?
told-why-unloaded = Its page has not been opened yet: look at the agent’s desktop.
told-why-elsewhere = Its page is on another site: Callpane cannot see whether it opened.
told-why-program = The desktop was told to run a program: Callpane cannot see whether it did.
told-why-callless = The event names no call.
told-why-agentless = The event names no agent.
told-why-unknown = “{ $name }” is not a known event name: under events in the [[source]] “{ $source }”, say what it means.
told-why-quiet = The rule “{ $rule }” opens nothing.
told-why-rule = The rule “{ $rule }” opened nothing:
told-why-decided = Nothing was opened:
told-why-unmatched = No rule matches.
told-why-outbound = No rule is for outbound calls.
told-why-endpoint = The endpoint of the rule “{ $rule }” says to open nothing.
told-why-panicked = The rules could not decide on this ring: please report this fault in Callpane.
told-why-desktop = These agents’ desktops ask for pages themselves.
told-why-stranger = { $name } is not an agent of this source: add this to the agent, and apply it:
told-why-gone = The agent is no longer configured.
told-why-presence = A presence change opens no page.
told-why-paged = The agent already has a page for this call.
told-why-started = No agent’s phone is ringing yet.
told-why-updated = It only adds details to its call.
told-why-over = The call was already over for this agent.

## Refused requests (console/refusals)
refused-kept = The newest of each kind are kept, without secrets.
refused-what = What was refused
refused-do = What to do
refused-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
refused-none = Nothing was refused.
refused-none-text = A request that is not taken appears here with its reason. To see one, send something to an address that no source has:
refused-none-match = No request from this source was refused.
refused-unknown = No source has this name
refused-unknown-do = Add a [[source]] of this name to the configuration and apply it, or correct the address in the phone system.
refused-off = The source is switched off
refused-off-do = Set state to on in its [[source]] and apply it, or stop the phone system from sending.
refused-unproven = Authentication failed
refused-unproven-do = Compare the secret in the phone system with the one in the configuration.
refused-unclear = Not understood
refused-unclear-do = Save the request to a file: callpane try shows what is missing.
refused-unreadable = The request cannot be read
refused-unreadable-do = The detail says where: correct it in the phone system.
refused-large = The request is too large
refused-large-do = Let the phone system send less; the detail has the limit.
refused-slow = The request did not arrive in time
refused-slow-do = Check the network between the phone system and Callpane.
refused-broken = The request could not be handled
refused-broken-do = The log says why; please report it.
