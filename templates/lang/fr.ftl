# Tous les mots que montrent les pages de Callpane, en français. Mêmes clés que en.ftl.
# Espace fine insécable (U+202F) avant ; : ! ? et à l’intérieur des guillemets.

## Qui appelle (pane)
caller-anonymous = Numéro masqué
vip = VIP
number-call = Rappeler
number-extension = Poste interne
direction-inbound = Appel entrant
direction-outbound = Appel sortant
direction-internal = Appel interne
direction-unknown = Appel
phase-ringing = Sonne
phase-answered = En communication
phase-answered-alone = Décroché
phase-rang = A sonné à { $time }
phase-held = En attente
phase-wrap = Post-appel
phase-ended = Terminé
phase-finished = Traité
phase-other = Commencé
queue = File d’attente
queue-none = Appel direct
dialled = Appelé
line = Votre poste
copy = Copier
copy-what = le numéro
copied = Copié
copy-failed = À copier à la main

## Ce que les contacts savent de l’appelant (contact)
contact = Contact
contact-several = Qui est-ce ? { $count } contacts ont ce numéro.
contact-chosen = Un des { $count } avec ce numéro
contact-unknown = Aucun contact n’a ce numéro.
contact-looking = Recherche de ce numéro…
contact-away = Le CRM ne répond pas pour l’instant.
contact-last = la dernière fois
last-time = la dernière fois : { $name }
contact-back = En choisir un autre
contact-open = Ouvrir le contact
contact-open-in = Ouvrir dans { $crm }
contact-crm = Dans le CRM :
contact-search = chercher
contact-create = créer
contact-add = Créer un contact
contact-name = Nom
contact-company = Société
contact-email = E-mail
contact-save = Créer
contact-saving = Création…
contact-more = À propos du contact
contact-name-missing = Saisissez un nom.
contact-none = Ce contact n’existe plus.
contact-failed = Non enregistré : le serveur est injoignable. Rien n’est perdu ; réessayez.
contact-unsent = Ce contact n’est pas encore créé. Créez-le, ou cliquez de nouveau sur « Terminer » pour y renoncer.

## Ce qu’il est devenu (pane)
unreported-started = Le système téléphonique n’a pas signalé la suite de cet appel.
unreported-answered = Décroché à { $time }. Le système téléphonique ne signale pas la fin de l’appel.
became-talked = L’appel est terminé.
became-transferred = L’appel a été transféré.
became-transferred-to = Transféré à { $name }.
became-elsewhere = Quelqu’un d’autre a décroché.
became-elsewhere-by = { $name } a décroché.
became-missed = Appel manqué.
became-expired = La fin de cet appel n’a jamais été signalée.
rang = sonnerie { $time }
talked = conversation { $time }
seconds = { $seconds } s
cause = Motif : { $cause }
extras = Enregistrements et étiquettes
cards = D’autres systèmes
cards-open = Ouvrir
recording = Enregistrement { $number }
voicemail = L’appelant a laissé un message.
tags = Étiquettes
new-tab = (s’ouvre dans un nouvel onglet)
link-lost = Reconnexion : l’état de l’appel n’est peut-être plus à jour.

## Un autre appel, une page expirée (pane)
newest-rings = Un autre appel sonne :
newest-talks = Vous êtes sur un autre appel :
newest-rang = Un autre appel a sonné :
newest-earlier = Cette page concerne un appel antérieur. Votre dernier appel :
newest-open = Ouvrir sa page
elsewhere-title = Cet appel a été terminé dans une autre fenêtre.
expired-title = Cette page a expiré.
expired-text = Ce que vous écrivez ici n’est plus enregistré. Votre texte est encore ci-dessous : copiez-le avant de fermer la page.

## Le travail sur l’appel (pane)
work = Travail sur cet appel
notes = Notes
disposition = Qualification
required = obligatoire
disposition-missing = Choisissez d’abord une qualification.
disposition-clear = Effacer le choix
done = Terminer
finishing = Enregistrement…
close = Fermer cette page
close-unsaved = Fermer sans enregistrer
autopause = En pause jusqu’à la fin du traitement
finished-title = Appel traité
finished-text = Votre travail sur cet appel est enregistré. Vous pouvez fermer cet onglet.
finish-failed = Non terminé : le serveur est injoignable. Rien n’est perdu ; réessayez.
finish-failed-status = Non terminé : le serveur a répondu par l’erreur { $status }. Rien n’est perdu ; réessayez.
finish-refused = Non terminé : il manque quelque chose. Vérifiez la qualification, puis réessayez.
conflict-text = Ces notes ont aussi été modifiées dans une autre fenêtre. Les deux textes sont conservés. Le texte de l’autre fenêtre :
conflict-draft = Un texte non enregistré a été retrouvé dans cette fenêtre. Les deux textes sont conservés. Le texte non enregistré :
conflict-mark = — d’une autre fenêtre —
conflict-append = Ajouter à mes notes
conflict-leave = Ne pas le garder

## Enregistré ou non (pane)
save-idle = Enregistrement automatique
save-withheld = Pas encore enregistré
save-saved = Enregistré
save-saved-at = Enregistré à { $time }
save-saving = Enregistrement…
save-retry = Non enregistré : nouvel essai à venir
save-refused = Non enregistré : { $reason }
save-gone = N’est plus enregistré
identity-confirmed = Agent confirmé
identity-unconfirmed = Agent non confirmé
trace = Code de suivi

## Qui est l’agent (pane)
withheld-pending = Vérification de votre identité auprès de XuC. Les appels précédents et le contact vont s’afficher ici, et ce que vous saisissez sera enregistré.
withheld-unconfirmed = XuC ne reconnaît pas votre session : reconnectez-vous à XucMgt. D’ici là, ni les appels précédents ni le contact ne s’affichent, et rien n’est enregistré ; ce que vous saisissez reste ici.
withheld-away = XuC est injoignable et ne peut pas confirmer votre identité. D’ici là, ni les appels précédents ni le contact ne s’affichent, et rien n’est enregistré ; ce que vous saisissez reste ici.
history-withheld = Affichés dès que XuC aura confirmé votre identité.
finish-not-confirmed = Vos notes et la qualification ne peuvent pas être enregistrées : XuC n’a pas confirmé votre identité. Copiez-les au besoin, puis fermez cette page.

## Ce que l’on sait (pane)
data = Données de l’appel
data-technical = Du système téléphonique
data-more = Afficher { $count } de plus
history = Appels précédents
history-none = Premier appel connu de ce numéro.
why-more = { $count } appels précédents
history-anonymous = Sans numéro, les appels précédents sont introuvables.
history-more = Tout afficher
history-less = Réduire

## Une adresse qui ne mène nulle part (gone)
gone-expired-title = Cette page a expiré
gone-expired-text = Les pages d’appel sont conservées un temps limité. Les notes de l’appel sont en sûreté : demandez-les au besoin à votre superviseur.
nowhere-address-title = Il n’y a rien à cette adresse
nowhere-address-text = Callpane fonctionne, mais cette adresse ne mène nulle part.
nowhere-sheet-title = Cette adresse n’indique pas qui appelle
nowhere-sheet-text = Ajoutez au moins un de ces paramètres : caller, queue, did, agent, user, id. Par exemple : /sheet?caller=0199005577&queue=billing
nowhere-agents = Agents : les pages d’appel s’ouvrent d’elles-mêmes dans votre application. Si vous utilisez le bureau intégré de Callpane, ouvrez votre lien personnel ; votre administrateur le connaît.
nowhere-desktop = Ouvrir le bureau intégré
gone-unknown-title = Il n’y a pas de page à cette adresse
gone-unknown-text = L’adresse est peut-être incomplète. Fermez cette page : le prochain appel ouvrira la sienne.
gone-away-title = Cette page ne peut pas s’afficher pour l’instant
gone-away-text = Callpane ne peut pas accéder à ses données. Rien n’est perdu : réessayez dans un instant.
gone-away-again = Réessayer
gone-nothing-title = Pas de page pour cet appel
gone-nothing-text = Les règles n’ouvrent rien pour cet appel. Vous pouvez fermer cette page.
gone-check-title = Callpane répond ici
gone-check-text = Cette page fait partie d’une vérification d’adresse. Rien n’a été enregistré et personne n’a été appelé.
close-hint = Vous pouvez fermer cet onglet.

## Le bureau agent intégré (desktop)
desk-title = Vos appels
desk-title-of = Vos appels : { $name }
desk-title-rings = Appel : { $who }
desk-title-tabs = ({ $count }) Vos appels
desk-connecting = Connexion…
desk-connected = Connecté
desk-reconnecting = Reconnexion depuis { $time }
desk-noscript = Cette page a besoin de JavaScript pour afficher vos appels.
desk-waiting = Appels encore sans page
desk-tabs = Pages de vos appels
desk-page = Page : { $who }, { $time }
desk-new = nouveau
desk-new-call = Nouvel appel : { $who }
desk-rings = { $who } appelle.
desk-talks = Vous parlez avec { $who }.
desk-ended = L’appel avec { $who } est terminé.
desk-show = Afficher cet appel
desk-phase-started = Commencé
desk-phase-ringing = Sonne
desk-phase-transferred = Transféré
desk-phase-elsewhere = Décroché ailleurs
desk-phase-missed = Manqué
desk-phase-expired = Fin non signalée
desk-phase-over = Terminé ailleurs
desk-outside = Ouvrir dans une nouvelle fenêtre
desk-window = Ouvrir sa fenêtre
desk-popup = Cette page s’ouvre dans sa propre fenêtre.
desk-popup-opened = Cette page est ouverte dans sa propre fenêtre.
desk-run = La règle de cet appel lance un programme, ce qu’un navigateur ne peut pas faire : { $program }
desk-bad-url = Adresse web non valide, rien n’est ouvert : { $url }
desk-close = Fermer cet onglet
desk-unsaved = Un texte saisi ici n’est pas encore enregistré.
desk-not-closed = Non fermé : le serveur est injoignable. Réessayez.
desk-empty-title = Aucun appel pour l’instant
desk-empty-text = Gardez cette page ouverte : la page de votre prochain appel s’ouvrira ici.
desk-alerts = Alertes
desk-alerts-text = Quand un appel sonne alors que vous regardez une autre fenêtre :
desk-alerts-notification = Afficher une notification
desk-alerts-sound = Émettre un son discret
desk-alerts-refused = Ce navigateur n’autorise pas les notifications de cette page. Autorisez-les dans ses réglages pour ce site, puis réactivez-les ici.
desk-missed = Appels manqués
desk-missed-count = Manqués : { $count }
desk-show-page = Afficher sa page
desk-open-page = Ouvrir sa page
desk-other-title = Vos appels s’affichent dans une autre fenêtre
desk-other-text = Quand cette fenêtre sera fermée, ils s’afficheront ici.
desk-here = Les afficher ici
presence-own = Votre statut :
presence-available = Disponible
presence-away = Absent
presence-busy = Occupé
presence-dnd = Ne pas déranger
presence-until = jusqu’à { $time }
telephony-registered = téléphone libre
telephony-ringing = le téléphone sonne
telephony-talking = en communication
telephony-rt = en communication, le téléphone sonne
desk-sign-out = Se déconnecter
desk-sign-out-unsaved = Se déconnecter quand même
desk-denied-text = Les pages ouvertes peuvent encore être terminées.

## La connexion au bureau (desktop_sign_in)
sign-in-none-title = Ouvrez votre lien personnel
sign-in-none-text = Ce bureau affiche les appels d’un agent. Votre lien personnel indique lequel : demandez-le à votre administrateur.
sign-in-unknown-title = Ce lien n’est pas valide
sign-in-unknown-text = Il a peut-être été remplacé. Demandez un nouveau lien personnel à votre administrateur.
sign-in-ended-title = Votre session est terminée
sign-in-ended-text = Ouvrez à nouveau votre lien personnel. S’il ne fonctionne plus, demandez-en un nouveau à votre administrateur.
sign-in-out-title = Déconnexion effectuée
sign-in-out-text = Ce navigateur n’affiche plus aucun appel. Pour revenir, ouvrez à nouveau votre lien personnel.
sign-in-away-title = Vos appels ne peuvent pas s’afficher pour l’instant
sign-in-away-text = Callpane ne peut pas accéder à ses données. Rien n’est perdu : réessayez dans un instant.
sign-in-admin = Pour l’administrateur : les liens s’affichent avec

## L’application agent de démonstration (demo_desktop)
demo-brand = Application agent de démonstration
demo-title = Faites sonner un appel
demo-lead = Cette page joue le rôle de l’application agent de XiVO. Appuyez sur Sonner : elle demande à Callpane que faire, comme la vraie, et ouvre ce que Callpane répond. Plus bas, tout ce qui passe sur le réseau.
demo-noscript = Cette page a besoin de JavaScript : elle simule un programme qui tourne dans le navigateur.
demo-phone = Téléphone
demo-agent = Agent
demo-caller = Appelant
demo-queue-none = Aucune file : appel direct
demo-direct = appel direct
demo-ring = Sonner
demo-answer = Décrocher
demo-hold = Mettre en attente
demo-resume = Reprendre
demo-hangup = Raccrocher
demo-calls = Appels en cours
demo-calls-none = Aucun appel. Faites sonner une seconde fois pendant un appel pour essayer le double appel.
demo-call-ringing = sonne
demo-call-established = en communication
demo-call-held = en attente
demo-trouble = Données d’appel et pannes
demo-data = Données d’appel
demo-data-help = Une CLÉ=valeur par ligne, comme le système téléphonique les joint.
demo-delay = Retarder la requête (ms)
demo-reported = XuC signale l’appel à Callpane : décroché, attente, fin
demo-second = Une seconde fenêtre de cet agent est ouverte
demo-fail = Envoyer la requête à une adresse en panne
demo-needs-caller = Saisissez le numéro qui appelle.
demo-ready = Prêt
demo-paused = En pause
demo-pause = Pause
demo-unpause = Se remettre prêt
demo-panes = Pages ouvertes
demo-panes-none = Aucune page. Une page s’ouvre ici quand un appel sonne.
demo-untitled = Page
demo-log = Journal des échanges
demo-log-help = Les requêtes vont à { $url }. Chaque réponse indique le temps qu’elle a pris, vu du navigateur.
demo-armed-none = Aucune réponse chargée
demo-armed-nothing = Réponse chargée : n’ouvre rien
demo-armed = Réponse chargée : { $action } sur { $event }
demo-fired = Réponse utilisée : { $action } sur { $event }
demo-with-autopause = avec pause
demo-body = Corps
demo-log-second = La seconde fenêtre envoie aussi la requête ; ce qu’elle ouvre se trouve dans cette fenêtre-là.
demo-log-waits = La requête est retardée de { $ms } ms.
demo-log-answered = { $status } en { $ms } ms
demo-log-failed = Échec après { $ms } ms : { $reason }. L’agent n’en sait rien ; la réponse chargée est abandonnée.
demo-log-unfired = Raccroché sans appel décroché en mémoire : rien ne s’ouvre.
demo-log-opened = Ouvert dans un onglet : { $title }
demo-log-popup = Ouvert dans une fenêtre : { $url }
demo-log-popup-blocked = Le navigateur a bloqué la fenêtre : { $url }
demo-log-run = L’assistant du poste exécuterait : { $url }
demo-log-nothing = Rien ne s’ouvre pour l’action « { $action } ».
demo-log-bad-url = Adresse web non valide, rien n’est ouvert : { $url }
demo-log-message = « { $text } » de { $origin }
demo-log-message-ignored = « { $text } » de { $origin } : ignoré
demo-log-cleared = Page fermée, réponse chargée abandonnée.
demo-log-pause = L’agent est mis en pause.
demo-log-unpause = L’agent est de nouveau prêt.
demo-log-stuck = L’agent reste en pause : la réponse chargée ne demande pas la fin de la pause.

demo-vendors = Systèmes téléphoniques
demo-vendors-lead = Ces systèmes annoncent leurs appels par webhook. Jouez un appel : il sonne plus bas, sur le bureau intégré d’un agent, dont la page suit l’appel puis passe au post-appel. Le journal montre chaque requête telle que ce système l’envoie.
demo-vendor = Système téléphonique et appel
demo-kind-inbound = appel entrant
demo-kind-outbound = appel sortant
demo-kind-ivr = menu vocal, puis un agent
demo-kind-voicemail = appel manqué avec message vocal
demo-kind-queue = appel d’une file avec son bilan
demo-kind-presence = changement de présence
demo-play = Jouer l’appel
demo-play-stop = Arrêter
demo-play-step = Requête suivante
demo-step-sent = (envoyée)
demo-built-in = Les appels sonnent ici, sur le bureau intégré de Priya Nair.
demo-built-in-tab = L’ouvrir dans son propre onglet
demo-built-in-title = Bureau intégré de Priya Nair
demo-request = En-têtes et corps
demo-log-played = { $status } en { $ms } ms
demo-log-not-played = Non envoyée : { $reason }

## Le CRM de démonstration (demo_crm)
crm-brand = CRM de démonstration
crm-title = La page d’un CRM, ouverte par Callpane
crm-lead = Une règle qui contient l’une de vos adresses ouvre votre propre page au lieu de celle de Callpane. Celle-ci montre avec quoi elle a été ouverte.
crm-query = Ce que contenait l’adresse
crm-query-none = L’adresse ne contenait aucun paramètre.
crm-contacts = Contacts
crm-contacts-none = Aucun contact n’a ce numéro.
crm-company = Société
crm-email = E-mail
crm-phone = Numéro
crm-vip = VIP
crm-told = Ce que les destinations ont envoyé à ce CRM
crm-told-none = Rien pour l’instant. Jouez un appel, terminez sa page, puis rechargez celle-ci.
crm-told-elsewhere = Affiché uniquement sur la machine où Callpane tourne.
crm-key = Nom
crm-value = Valeur

## La page d’un autre site dans celle de Callpane (wrapper)
wrapper-frame = La page ouverte pour cet appel
wrapper-open = L’ouvrir dans son propre onglet
wrapper-refused = Cette page ne peut pas être affichée ici.

## Pourquoi une page s’est ouverte, ou rien (explain)
explain-agent = l’agent { $id }
explain-rule = la règle { $number } « { $name } »
explain-rule-unnumbered = la règle « { $name } »
explain-rule-default = le réglage par défaut (il n’y a pas de règle)
explain-at = à { $time }
explain-at-yesterday = hier à { $time }
explain-at-day = le { $date } à { $time }
explain-seen-yesterday = hier à { $time }
explain-yesterday = hier
explain-on-day = le { $date }
explain-opened = La page s’est ouverte pour { $agent } { $at }, comme le dit { $rule }.
explain-finished = La page s’est ouverte pour { $agent } { $at }, comme le dit { $rule } (« Terminer » : { $finished }).
explain-already-open = Aucune nouvelle page ne s’est ouverte pour { $agent } { $at } : celle de cet appel était déjà ouverte, depuis { $since }.
explain-rule-none = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } dit de ne rien ouvrir.
explain-endpoint-none = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } a interrogé son service, qui dit de ne rien ouvrir.
explain-rule-failed = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } n’a pas pu être appliquée ({ $reason }).
explain-rules-failed = Rien ne s’est ouvert pour { $agent } { $at } : { $reason }.
explain-no-rule = Rien ne s’est ouvert pour { $agent } { $at } : aucune règle ne correspond à cet appel (règles : { $count }).
explain-outbound = Rien ne s’est ouvert pour { $agent } { $at } : l’agent a passé cet appel, et aucune règle ne vise les appels sortants.
explain-unused = Rien ne s’est ouvert pour { $agent } { $at } : l’application de l’agent a reçu l’ordre d’ouvrir une page, comme le dit { $rule }, mais ne l’a jamais ouverte.
explain-unused-desktop = Rien ne s’est ouvert pour { $agent } { $at } : une page est prête sur le bureau intégré, comme le dit { $rule }, mais elle n’a jamais été ouverte.
explain-expired = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } prévoit une page pour cet appel, mais elle n’a jamais été ouverte, et son adresse a expiré ({ $expired }).
explain-pending = L’ordre d’ouvrir une page a été envoyé { $at } pour { $agent }, comme le dit { $rule } ; cette page n’est pas encore ouverte.
explain-pending-desktop = Une page a été préparée { $at } sur le bureau intégré de { $agent }, comme le dit { $rule } ; elle n’a pas encore été ouverte.
explain-waits-answered = Le téléphone a sonné pour { $agent } { $at } ; rien ne s’est encore ouvert : { $rule } ouvre sa page quand l’agent décroche, et on ne l’a pas encore vu décrocher.
explain-not-answered = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } ouvre sa page quand l’agent décroche, et cet agent n’a pas décroché.
explain-not-answered-ended = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } ouvre sa page quand un appel décroché se termine, et cet agent n’a pas décroché.
explain-silence-answered = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } ouvre sa page quand l’agent décroche, et ni le décroché ni la fin de l’appel n’ont été signalés.
explain-silence-ended = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } ouvre sa page quand un appel décroché se termine, et ni le décroché ni la fin de celui-ci n’ont été signalés.
explain-unreported-answered = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } ouvre sa page quand l’agent décroche, et Callpane ne peut pas savoir s’il l’a fait : aucun système téléphonique ne signale cet appel.
explain-unreported-ended = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } ouvre sa page quand un appel décroché se termine, et Callpane ne peut pas savoir si c’est le cas : aucun système téléphonique ne signale cet appel.
explain-apart-answered = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } ouvre sa page quand l’agent décroche, et Callpane ne peut pas savoir si cet agent l’a fait : on ne sait rien de son rôle dans cet appel.
explain-apart-ended = Rien ne s’est ouvert pour { $agent } { $at } : { $rule } ouvre sa page quand un appel décroché se termine, et Callpane ne peut pas savoir si cet agent a décroché : on ne sait rien de son rôle dans cet appel.
explain-waits-ended = Le téléphone a sonné pour { $agent } { $at } ; rien ne s’est encore ouvert : { $rule } ouvre sa page quand un appel décroché se termine, et on n’en a pas encore vu la fin.
explain-external = L’ordre d’ouvrir une page de { $site } a été envoyé { $at } pour { $agent }, comme le dit { $rule } ; Callpane ne peut pas savoir si cette page s’est ouverte.
explain-external-answered = L’ordre d’ouvrir une page de { $site } quand l’agent décroche a été envoyé { $at } pour { $agent }, comme le dit { $rule } ; Callpane ne peut pas savoir si cette page s’est ouverte.
explain-external-ended = L’ordre d’ouvrir une page de { $site } quand l’appel décroché se termine a été envoyé { $at } pour { $agent }, comme le dit { $rule } ; Callpane ne peut pas savoir si cette page s’est ouverte.
explain-program = L’ordre de lancer un programme ({ $site }) a été envoyé { $at } pour { $agent }, comme le dit { $rule } ; Callpane ne peut pas savoir s’il a été lancé.
explain-run-not-answered = Rien n’a été lancé pour { $agent } { $at } : { $rule } lance son programme quand l’agent décroche, et cet agent n’a pas décroché.
explain-run-not-answered-ended = Rien n’a été lancé pour { $agent } { $at } : { $rule } lance son programme quand un appel décroché se termine, et cet agent n’a pas décroché.
explain-run-waits-answered = Le téléphone a sonné pour { $agent } { $at } ; rien n’a encore été lancé : { $rule } lance son programme quand l’agent décroche, et on ne l’a pas encore vu décrocher.
explain-run-waits-ended = Le téléphone a sonné pour { $agent } { $at } ; rien n’a encore été lancé : { $rule } lance son programme quand un appel décroché se termine, et on n’en a pas encore vu la fin.
explain-away = Rien ne s’est ouvert pour { $agent } { $at } : la base de données était injoignable ({ $reason }), aucune page n’a donc pu être gardée.
explain-away-opened = L’ordre d’ouvrir la page d’un autre système a été envoyé { $at } pour { $agent }, comme le dit { $rule } ; la base de données était injoignable ({ $reason }), rien de cet appel n’a donc été gardé.
explain-away-program = L’ordre de lancer un programme a été envoyé { $at } pour { $agent }, comme le dit { $rule } ; la base de données était injoignable ({ $reason }), rien de cet appel n’a donc été gardé.
explain-away-too = De plus, la base de données était injoignable ({ $reason }) : seule cette présentation de l’appel a été conservée.
explain-other-agent = Rien ne s’est ouvert pour { $agent } { $at } : l’appel a sonné chez { $others }.
explain-not-asked = Rien ne s’est ouvert pour { $agent } { $at } : { $source } a signalé l’appel, mais l’application de cet agent n’a pas demandé quoi ouvrir.
explain-undecided = Rien ne s’est ouvert pour { $agent } { $at }, quand { $source } a signalé l’appel. { $why }
explain-undecided-entry = Rien ne s’est ouvert pour { $agent } { $at }, quand { $source } a signalé l’appel. { $why } { $entry }
explain-no-ring = Aucune demande pour { $agent } entre { $from } et { $until }{ $day } ; dernière demande : { $seen }.
explain-no-ring-since = Aucune demande pour { $agent } entre { $from } et { $until }{ $day } ; la plus récente : { $seen }.
explain-never-seen = Aucune demande pour { $agent } entre { $from } et { $until }{ $day } ; aucune n’est connue.
explain-other-callers = Entre { $from } et { $until }{ $day }, le téléphone a sonné pour { $agent }, mais pas depuis ce numéro.
explain-no-call = Aucun appel de ce numéro n’est enregistré entre { $from } et { $until }{ $day }.
explain-in-future = Cette heure n’est pas encore venue : l’appel recherché serait { $at }, or il est { $now }.
explain-not-running = Rien ne s’est ouvert pour { $agent } { $at } : Callpane ne fonctionnait pas entre { $before } et { $after }.
explain-before-record = Rien n’est enregistré pour { $agent } { $at } : les données de Callpane commencent { $since }.
explain-deleted = Plus rien n’est enregistré pour { $agent } { $at } : ce qui est antérieur à { $since } a été supprimé.
explain-call-deleted = Plus rien n’est enregistré sur cet appel, qui a commencé { $at }.
explain-too-many = Aucune demande pour { $agent } n’a été trouvée entre { $from } et { $until }{ $day }, mais Callpane en a reçu trop, tous agents confondus, pour les examiner toutes.
explain-several = « { $text } » désigne ici plusieurs agents : { $agents }.
explain-several-also = « { $text } » désigne aussi { $agents }.
explain-rings-missing = Présentations de cet appel signalées par les applications des agents : { $told } ; conservées : { $found }.
explain-also = Autres appels présentés
explain-also-rang = Le téléphone a aussi sonné pour { $agent } { $at }.
explain-cause-refused = Des requêtes ont été refusées à ce moment (nombre : { $count }, { $code }) : { $detail }
explain-cause-others = Les téléphones d’autres agents ont sonné à ce moment (appels présentés : { $count }) ; Callpane était donc joignable : examinez l’application de cet agent.
explain-cause-closed = L’application de l’agent était fermée, déconnectée, ou dans un onglet en veille.
explain-cause-setup = THIRD_PARTY_URL n’est pas défini sur le XiVO de cet agent, ou XucMgt n’a pas été redémarré depuis que ce réglage a été défini.
explain-cause-network = Le navigateur de l’agent n’a pas pu joindre Callpane : son nom d’hôte (DNS), le réseau ou le certificat. Pour le savoir, lancez sur cet ordinateur : callpane check URL
explain-cause-no-call = Le téléphone de l’agent n’a pas sonné à ce moment : interrogez le système téléphonique.
explain-cause-no-report = Aucun appel n’a été signalé pour cet agent par { $sources } : voyez « Événements » et « Requêtes refusées », et l’adresse que le système téléphonique appelle.
explain-cause-name = Personne n’est connu ici sous ce nom : essayez son identifiant d’utilisateur, son poste ou son nom complet.
explain-cause-popup = Le navigateur de l’agent a bloqué la fenêtre : autorisez les fenêtres pop-up pour l’application de l’agent.
explain-cause-hung-up = L’application de l’agent a été rechargée ou fermée avant de pouvoir montrer la page.
explain-cause-unreachable = Le navigateur de l’agent ne peut pas joindre l’adresse { $url }, refuse son certificat, ou la bloque parce qu’elle est en http dans une page https.
explain-cause-asleep = L’onglet était en veille, ou l’ordinateur.
explain-cause-signed-out = L’agent n’était pas connecté au bureau intégré.
explain-cause-unanswered = L’agent n’a pas décroché : aucune page ne s’ouvre alors.
explain-cause-no-source = Aucun système téléphonique n’est configuré : avec une [[source]], Callpane apprend si les appels sont décrochés (docs/phone-systems.md).
explain-cause-not-heard = Rien n’a été signalé de cet appel par { $sources } : voyez « Requêtes refusées », et l’adresse que le système téléphonique appelle.
explain-today-same = Avec les règles d’aujourd’hui, ce serait pareil.
explain-today-none = Avec les règles d’aujourd’hui (version { $version }) : { $rule } dit de ne rien ouvrir.
explain-today-no-rule = Avec les règles d’aujourd’hui (version { $version }) : aucune règle ne correspond.
explain-today-page = Avec les règles d’aujourd’hui (version { $version }) : la page hébergée s’ouvrirait, comme le dit { $rule }.
explain-today-site = Avec les règles d’aujourd’hui (version { $version }) : une page de { $url } s’ouvrirait, comme le dit { $rule }.
explain-today-run = Avec les règles d’aujourd’hui (version { $version }) : un programme serait lancé, comme le dit { $rule }.
explain-today-asks = Avec les règles d’aujourd’hui (version { $version }) : { $rule } interrogerait { $url }.
explain-page = Pourquoi rien ne s’est-il ouvert ?
explain-outcome-opened = Ouverte
explain-outcome-nothing = Rien ne s’est ouvert
explain-outcome-waiting = Pas encore
explain-outcome-unknown = Inconnu
explain-caller = Appelant
explain-causes = Le plus probable
explain-happened = Ce qui s’est passé
explain-raw = Montrer ce qui a été envoyé
explain-decided = Comment les règles ont décidé
explain-version = configuration { $version }
explain-since = en vigueur depuis
explain-disagrees = Rejouée, cette configuration donne une décision différente de celle enregistrée : les règles ont changé à cette seconde, ou ce qu’elles ont vu ne peut être retrouvé.
explain-rules-before = Règles précédentes qui ne correspondent pas : { $count }
explain-rules-after = Règles qui n’ont pas été atteintes : { $count }
explain-rule-decided = a décidé
explain-rule-passed = son service n’a pas décidé
explain-rule-unmatched = ne correspond pas
explain-holds = Vérifiée
explain-condition = Condition
explain-was = Valeur
explain-true = vrai
explain-false = faux
explain-unless = sauf si
explain-saw = était { $value }
explain-saw-nothing = n’était pas connu
explain-no-conditions = sans condition
explain-problem-when = Avec un numéro, indiquez aussi l’heure de l’appel.
explain-same-id = Plusieurs systèmes téléphoniques ont un appel portant cet identifiant ; voici le plus récent. Pour un autre, saisissez SOURCE:IDENTIFIANT.
explain-problem-time = Ce n’est pas une heure : écrivez 10:42, 10:42:07 ou 2026-11-21 10:42.
explain-problem-none = Cet appel n’existe pas.
explain-step-asked = L’application de l’agent a demandé quoi ouvrir ({ $source })
explain-step-asked-from = L’application de l’agent a demandé quoi ouvrir ({ $source }, depuis { $origin })
explain-step-decided = Décidé par { $rule }
explain-step-answered = { $action ->
    [open] Réponse : ouvrir une page
    [popup] Réponse : ouvrir une page dans une fenêtre pop-up
    [run] Réponse : lancer un programme
    [none] Réponse : ne rien ouvrir
   *[other] Réponse : { $action }
}
explain-step-answered-with = { $action ->
    [open] Réponse : ouvrir la page « { $target } »
    [popup] Réponse : ouvrir la page « { $target } » dans une fenêtre pop-up
    [run] Réponse : lancer « { $target } »
   *[other] Réponse : { $action } « { $target } »
}
explain-step-answered-without = { $action ->
    [open] Réponse sans la base de données : ouvrir une page ({ $reason })
    [popup] Réponse sans la base de données : ouvrir une page dans une fenêtre pop-up ({ $reason })
    [run] Réponse sans la base de données : lancer un programme ({ $reason })
    [none] Réponse sans la base de données : ne rien ouvrir ({ $reason })
   *[other] Réponse sans la base de données : { $action } ({ $reason })
}
explain-step-fetched = La page a été ouverte
explain-step-not-fetched = Aucune page n’a été ouverte : l’application avait la réponse et ne s’en est pas servie
explain-step-not-fetched-desktop = La page n’a pas été ouverte sur le bureau intégré
explain-step-no-page = Il n’y avait pas de page à ouvrir
explain-step-finished = Traité
explain-step-finished-with = Traité : { $disposition }
explain-step-finished-notes = Traité, avec des notes
explain-step-finished-notes-with = Traité, avec des notes : { $disposition }
explain-step-noted = Des notes ont été enregistrées ; l’agent n’a pas cliqué sur « Terminer »
explain-step-noted-before = Des notes ont été enregistrées
explain-step-noted-with = Notes enregistrées, qualification choisie : { $disposition } ; l’agent n’a pas cliqué sur « Terminer »
explain-step-chose = Qualification choisie : { $disposition } ; l’agent n’a pas cliqué sur « Terminer »
explain-step-card = { $name } a affiché la carte « { $title } »
explain-step-reported = { $source } : { $kind }
explain-step-reported-of = { $source } : { $kind }, { $agent }
explain-step-rang-other = Le même appel a aussi sonné chez { $agent }
explain-step-looked-up = On a demandé à { $lookup } qui appelle (contacts trouvés : { $count })
explain-step-lookup-failed = On a demandé à { $lookup } qui appelle, sans réponse : { $reason }
explain-step-delivered = { $kind } a été remis à { $destination } (essais : { $count })
explain-step-owed = { $kind } n’a pas encore été remis à { $destination } (essais : { $count })
explain-step-owed-because = { $kind } n’a pas encore été remis à { $destination } (essais : { $count }) : { $reason }
explain-step-undelivered = { $kind } n’a pas été remis à { $destination } (essais : { $count }) : { $reason }

## La console : ce qui entoure chaque page (console/frame)
console-skip = Aller au contenu
console-sections = Rubriques
console-home = Accueil
console-live = En direct
console-calls = Appels
console-deliveries = Envois
console-events = Événements
console-refusals = Requêtes refusées
console-access = Accès
console-audit = Journal d’audit
console-role-viewer = Lecture seule
console-role-supervisor = Superviseur
console-role-admin = Administrateur
console-count-live = agents sans doute encore en pause : { $count }
console-count-deliveries = envois en échec et destinations en pause : { $count }
console-count-events = systèmes téléphoniques silencieux et recherches de contacts en échec : { $count }
console-count-refusals = requêtes refusées : { $count }
console-search = Rechercher
console-search-hint = Numéro, agent, appel ou code de suivi  ( / )
console-lamp-good = Répond normalement
console-lamp-slow = Répond lentement
console-lamp-errors = { $count ->
    [one] 1 demande non conservée
   *[other] { $count } demandes non conservées
}
console-lamp-away = Base de données indisponible
console-ms = { $ms } ms
console-yesterday = hier { $time }
console-at = Heure
console-agent = Agent
console-caller = Appelant
console-queue = File
console-state = État
console-rule = Règle
console-page = Page

## La première page de la console (console/home)
home-rings = Demandes d’ouverture aujourd’hui
home-opened = Pages proposées aujourd’hui
home-open-pages = Pages encore ouvertes
home-now = en ce moment
home-p50 = Temps de réponse médian aujourd’hui
home-p99 = 99e centile aujourd’hui
home-errors = Demandes non conservées aujourd’hui
home-yesterday = hier : { $count }
home-yesterday-ms = hier : { $ms } ms
home-yesterday-none = hier : –
home-attention = À traiter
home-attention-none = Rien.
home-attention-live = { $count ->
    [one] Un agent est sans doute encore en pause
   *[other] { $count } agents sont sans doute encore en pause
}
home-attention-deliveries = { $count ->
    [one] Un envoi a échoué, ou une destination est en pause
   *[other] { $count } envois en échec et destinations en pause
}
home-attention-events = { $count ->
    [one] Un système téléphonique est silencieux, ou une recherche de contacts échoue
   *[other] { $count } systèmes téléphoniques silencieux et recherches de contacts en échec
}
home-attention-refusals = { $count ->
    [one] Une requête a été refusée au cours des dernières 24 heures
   *[other] { $count } requêtes ont été refusées au cours des dernières 24 heures
}
home-why-at = Heure
home-why-ask = Expliquer
home-steps = Mise en service
home-steps-done = Mise en service : terminée
home-step-done = Fait
home-step-open = À faire
home-url = Ajoutez cette ligne au custom.env de XiVO, puis redémarrez XucMgt :
home-step-origin = L’adresse de l’application des agents est définie
home-step-origin-how = Donnez à CALLPANE_DESKTOP_ORIGINS l’adresse de l’application des agents, puis redémarrez Callpane. D’ici là, n’importe quel site web peut demander des pages d’appel à Callpane.
home-step-ring = Un téléphone a sonné
home-step-ring-how = Ajoutez THIRD_PARTY_URL aux réglages de XiVO (un administrateur voit ici la ligne), ou ajoutez un système téléphonique à la configuration ; puis appelez un agent.
home-step-page = Un agent a vu une page
home-step-page-how = Rien à faire ici : la page s’ouvre dans l’application de l’agent au prochain appel.
home-step-delivery = Un CRM a été informé d’un appel
home-step-delivery-how = Ajoutez une [[destination]] à la configuration, à partir d’un préréglage ou à la main, et appliquez-la.

## Ce qui se passe en ce moment (console/live)
live-up = Mis à jour en direct
live-down = Connexion perdue ; nouvel essai en cours
live-noscript = Rechargez la page pour voir l’état actuel.
live-calls = Appels
live-none = Aucun appel en ce moment.
live-none-text = Un appel apparaît ici dès que le téléphone d’un agent sonne.
live-phase-started = Commencé
live-phase-ringing = Sonne
live-phase-answered = En communication
live-phase-held = En attente
live-phase-ended = Terminé
live-phase-unknown = Non signalé
live-page-none = Aucune
live-page-waiting = S’ouvre plus tard
live-page-unanswered = Pas ouverte : non décroché
live-page-unopened = Pas encore ouverte
live-page-program = Lance un programme
live-page-elsewhere = Autre site
live-page-open = Ouverte
live-page-finished = Terminée
live-pauses = agent en pause
live-agents = Agents
live-agents-none = Aucun agent n’est configuré. Les agents XiVO n’ont pas besoin d’être configurés : ils apparaissent ci-dessus quand leur téléphone sonne.
live-status = Statut
live-telephony = Téléphone
live-desktop = Bureau intégré
live-signed-in = Connecté
live-agent-calls = Appels
live-paused = { $agent } est sans doute encore en pause.
live-paused-why = { $minutes ->
    [one] L’onglet d’une page qui met l’agent en pause a été fermé sans « Terminer » il y a une minute.
   *[other] L’onglet d’une page qui met l’agent en pause a été fermé sans « Terminer » il y a { $minutes } minutes.
}
live-paused-what = Demandez-lui de mettre fin à la pause dans son application ; fermez ensuite la page ici, afin que le prochain appel ne le remette pas en pause.
live-paused-call = Appel :
live-paused-close = Fermer la page

## L’entrée de la console (console/sign_in, console/sign_in_link)
entry-title = Connexion à Callpane
entry-name = Nom
entry-password = Mot de passe
entry-sign-in = Se connecter
entry-wrong = Nom ou mot de passe incorrect.
entry-wait = Trop de tentatives. Attendez une minute, puis réessayez.
entry-out = Vous êtes déconnecté.
entry-away = Aucune connexion n’est possible en ce moment : la base de données est indisponible. Réessayez.
entry-link = Ce lien vous connecte en tant que { $name }, une seule fois.
entry-new-password = Choisissez un mot de passe
entry-new-password-rule = Au moins { $count } caractères. Laissez vide pour ne rien changer ; sans mot de passe, il vous faudra un autre lien la prochaine fois.
entry-link-ended = Ce lien a déjà servi, ou a expiré.
entry-link-again = Demandez-en un autre à un administrateur, ou exécutez sur le serveur :
entry-by-password = Se connecter avec un mot de passe
entry-sso = Connexion unique (SSO)
entry-sso-by = Se connecter avec { $name }
entry-or-password = Ou avec un mot de passe :
entry-sso_away = Votre fournisseur d’identité est injoignable ou ne répond pas comme il le devrait. Réessayez dans un instant, ou connectez-vous avec un mot de passe. Le journal en donne la raison.
entry-sso_failed = Cette connexion n’a pas pu aboutir : elle a commencé dans un autre navigateur, a duré trop longtemps ou a déjà servi. Recommencez.
entry-sso_denied = Votre fournisseur d’identité ne vous a pas authentifié.
entry-sso_role = Vous n’avez pas accès à cette console : rien de ce que votre fournisseur d’identité transmet dans { $claims } ne vous donne de rôle. Adressez-vous à la personne qui y gère votre compte.
entry-sso_name = Quelqu’un d’autre s’appelle déjà { $name } ici. Adressez-vous à un administrateur : une fois cet opérateur supprimé, vous pourrez vous connecter.

## Ce que la console refuse (console/problem)
problem-role-title = Votre rôle ne le permet pas
problem-role-text = Rien n’a été modifié. Un administrateur peut le faire, ou vous donner un autre rôle.
problem-form-title = Ce formulaire ne peut plus être envoyé
problem-form-text = La page est restée ouverte trop longtemps ou appartient à une autre session : rien n’a été modifié. Revenez en arrière, rechargez la page et réessayez.
problem-out-title = Vous êtes déconnecté
problem-out-text = Votre session est terminée : rien n’a été modifié. Connectez-vous, puis réessayez.
problem-call-title = Cet appel n’existe pas
problem-call-text = Il a peut-être été supprimé, ou l’adresse est incomplète.
problem-delivery-title = Cet envoi n’existe pas
problem-delivery-text = Il a peut-être été supprimé, ou l’adresse est incomplète.
problem-destination-title = Cette destination n’existe pas
problem-destination-text = Rien n’a été modifié. Elle a peut-être été renommée dans la configuration, ou en a été retirée.
problem-missing-title = Cet élément n’existe pas
problem-missing-text = Il n’existe plus, ou l’adresse est incomplète.
problem-away-title = C’est impossible pour le moment
problem-away-text = La base de données est indisponible, ou il y a trop de demandes à la fois. Rien n’est perdu : réessayez dans un instant.
problem-failed-title = Une erreur est survenue
problem-failed-text = La demande n’a pas pu être traitée. Le journal du serveur en donne la raison.
problem-other-title = Cela n’a pas été accepté
problem-other-text = Rien n’a été modifié. Revenez en arrière, corrigez votre demande et réessayez. Voici ce qui ne convient pas, en anglais :
problem-back = Retour à la console

## Qui peut entrer (console/account, console/access)
access-account = Votre compte
access-password-changed = Le mot de passe a été changé. Vos autres sessions sont terminées.
access-password-set = Votre mot de passe est défini par le réglage
access-present-password = Mot de passe actuel
access-chosen-password = Nouveau mot de passe
access-password-rule = Au moins { $count } caractères. Vos autres sessions se terminent quand vous le changez.
access-change = Changer
access-own-sessions = Où vous êtes connecté
access-sessions = Sessions
access-operators = Opérateurs
access-operator = Opérateur
access-role = Rôle
access-role-of = Rôle de { $name }
access-added = Ajouté
access-password-chosen = Défini
access-password-none = Pas encore défini
access-link = Créer un lien de connexion
access-remove = Supprimer
access-add-operator = Ajouter un opérateur
access-browser = Navigateur
access-signed-in = Connexion
access-used = Dernière utilisation
access-this = Celle-ci
access-end = Terminer
access-tokens = Jetons d’API
access-tokens-none = Aucun programme n’a de jeton.
access-made = Créé
access-expires = Expire
access-expired = Expiré
access-revoke = Révoquer
access-in-days = dans { $count } jours
access-never = jamais
access-add-token = Créer un jeton
access-made-link = Ce lien connecte { $name } une seule fois, dans les 15 minutes. Envoyez-le-lui : il ne sera plus affiché.
access-made-token = Voici le jeton pour { $name }. Copiez-le : il ne sera plus affiché.
access-problem-exists = Un opérateur porte déjà ce nom.
access-problem-last = C’est le seul administrateur. Donnez d’abord ce rôle à quelqu’un d’autre.
access-problem-unknown = Il n’y a plus d’opérateur de ce nom.
access-problem-invalid = Cela n’a pas été accepté : le nom d’un opérateur a au plus 60 lettres, chiffres et . _ - @, celui d’un jeton au plus 100 caractères ; le rôle et l’expiration doivent être parmi ceux proposés.
access-problem-password = Le nouveau mot de passe n’a pas été accepté : il doit avoir au moins { $count } caractères.
access-problem-wrong = Le mot de passe actuel est incorrect.
access-sso-account = Vous passez par la connexion unique : votre fournisseur d’identité garde votre mot de passe et décide de votre rôle.
access-problem-elsewhere = Cet opérateur passe par la connexion unique : le fournisseur d’identité décide de son rôle, et il n’a ici ni mot de passe ni lien.
access-problem-gone = Cet élément n’existe plus.
console-role-cards = Cartes seulement

## Qui a fait quoi (console/audit)
audit-actor = Qui
audit-act = Action
audit-subject = Objet
audit-before = Avant
audit-after = Après
audit-all = Tout
audit-filter = Filtrer
audit-older = Plus anciennes
audit-none = Aucune entrée ne correspond.
audit-via-console = dans la console
audit-via-token = avec un jeton
audit-via-command = par une commande sur le serveur
audit-signed_in = Connexion
audit-signed_out = Déconnexion
audit-session_ended = Session terminée
audit-operator_added = Opérateur ajouté
audit-operator_changed = Rôle d’un opérateur changé
audit-operator_removed = Opérateur supprimé
audit-password_set = Mot de passe défini
audit-sign_in_link_made = Lien de connexion créé
audit-token_added = Jeton créé
audit-token_revoked = Jeton révoqué
audit-agent_signed_out = Agent déconnecté
audit-server_key_rotated = Clé du serveur renouvelée
audit-configuration_applied = Configuration appliquée
audit-deliveries_resent = Envois relancés
audit-destination_paused = Destination mise en pause
audit-destination_resumed = Destination reprise
audit-list_imported = Contacts importés
audit-list_forgotten = Liste de contacts supprimée
audit-page_closed = Page qui mettait un agent en pause fermée
audit-card_posted = Carte affichée
audit-card_removed = Carte retirée

## La console : appels et recherche (console/calls, console/search)
calls-csv = Télécharger en CSV
calls-filters = Filtrer les appels
calls-at = Heure
calls-number = Numéro
calls-outcome = Résultat
calls-opened = Page
any-feminine = Toutes
calls-opened-yes = Ouverte
calls-opened-no = Pas ouverte
calls-show = Filtrer
calls-clear = Tout afficher
calls-problem-at = Ce n’est pas une heure. Écrivez 10:42 ou 2026-11-21 10:42.
calls-problem-number = Ce n’est pas un numéro de téléphone.
calls-problem-other = Ce filtre est illisible.
calls-none = Aucun appel ne correspond.
calls-none-yet = Aucun appel n’a encore sonné.
calls-none-text = Ajoutez THIRD_PARTY_URL aux réglages de XiVO, ou un système téléphonique à la configuration. Pour simuler un premier appel depuis un terminal :
calls-looked-back = Recherche remontée jusqu’à :
calls-older = Appels plus anciens
calls-page-none = Aucune
calls-page-waiting = S’ouvre plus tard
calls-page-unanswered = Non décroché
calls-page-unopened = Pas ouverte
calls-page-program = Programme
calls-page-elsewhere = Autre site
calls-page-open = Ouverte
calls-page-finished = Terminée
calls-phase-started = Commencé
calls-phase-ringing = Sonne
calls-phase-answered = En communication
calls-phase-held = En attente
calls-phase-ended = Terminé
calls-phase-rang = A sonné
calls-ending-talked = Conversation
calls-ending-transferred = Transféré
calls-ending-elsewhere = Décroché ailleurs
calls-ending-missed = Manqué
calls-ending-expired = Fin non signalée
search-kind = Type
search-name = Nom
search-detail = Détails
search-kind-call = Appel
search-kind-caller = Appelant
search-kind-agent = Agent
search-kind-queue = File
search-kind-rule = Règle
search-kind-source = Système téléphonique
search-kind-destination = Destination
search-kind-lookup = Recherche de contacts
search-none = Rien trouvé pour « { $text } ».
search-none-text = Cherchez un numéro sous n’importe quelle forme, un agent, l’identifiant d’un appel, le code de suivi affiché par une page, ou un nom de la configuration.

## La référence de l’API (api)
api-title = API de Callpane
api-token = Chaque requête exige un jeton, celui de CALLPANE_API_TOKEN ou un jeton créé pour le programme :
api-document = Document OpenAPI
api-operations = Points de terminaison
api-request = Requête
api-answer = Réponse
api-refused = Refus possibles
api-name = Nom
api-code = Code
api-role = Rôle :
api-meaning = Signification
api-required = obligatoire
api-in-path = dans le chemin
api-in-query = dans les paramètres de l’adresse
api-in-header = en-tête
api-in-body = dans le corps

## Envois (console/deliveries, console/delivery, console/done)
sent-failures = Échecs
sent-failures-span = des 7 derniers jours
sent-since = depuis
sent-destination = Destination
sent-destinations = Destinations
sent-counted-since = remis et en échec, comptés depuis
sent-reason = Raison
sent-no-reason = Aucune raison connue
sent-count = Envois
sent-newest = Le dernier
sent-oldest = Le premier
sent-do = Actions
sent-show = Les voir
sent-all-since = Tous depuis
sent-resend = Relancer
sent-send-now = Envoyer maintenant
sent-resend-selected = Relancer la sélection
sent-owed = En attente
sent-delivered = Remis
sent-failed = En échec
sent-delivered-day = Remis, 24 h
sent-failed-day = En échec, 24 h
sent-destination-on = active
sent-destination-off = désactivée
sent-destination-silent = muette
sent-destination-failing = en échec
sent-destination-paused = en pause
reason-status = réponse reçue : { $status }
reason-late = aucune réponse au bout de { $seconds } s
reason-hand = mise en pause à la main
reason-private = { $host } mène à un réseau privé ; si c’est voulu, ajoutez ce réseau à CALLPANE_PRIVATE_TARGETS
reason-token_none = le serveur d’autorisation a répondu { $status } sans jeton
reason-refused = connexion refusée
reason-unresolved = nom d’hôte impossible à résoudre
reason-unreachable = hôte injoignable
reason-closed = connexion fermée avant la réponse
reason-expired = certificat TLS expiré
reason-other_name = certificat TLS établi pour un autre nom d’hôte
reason-unknown_issuer = certificat TLS émis par une autorité inconnue
reason-certificate = certificat TLS non valide
reason-too_large = réponse de plus de 1 Mio
reason-token_late = le serveur d’autorisation n’a pas répondu à temps
reason-queue_late = SQS n’a pas répondu à temps
sent-pause = Mettre en pause
sent-resume = Reprendre
sent-no-destination = Aucune destination n’est configurée.
sent-no-destination-text = Une destination est un système informé des appels : un CRM, une messagerie, une file de messages. Ajoutez-en une dans un fichier, à partir d’un préréglage ou à la main, appliquez-la, puis essayez-la :
sent-list = Tous les envois
sent-any = Tous
sent-call = Appel
sent-call-of = Voir l’appel
sent-from = Depuis
sent-filter = Filtrer
sent-clear = Tout afficher
sent-event = Événement
sent-attempts = Essais
sent-select = Sélectionner
sent-select-one = { $destination }, { $time }
sent-older = Plus anciens
sent-looked-back = Recherche remontée jusqu’à :
sent-look-on = Chercher plus loin
sent-wrong-call = Ce n’est pas un identifiant d’appel : copiez-le depuis l’adresse de la page de l’appel.
sent-wrong-since = Ce n’est pas une heure : écrivez 2026-11-21T10:42.
sent-wrong-reason = L’envoi qui donnait la raison a été relancé ou supprimé : choisissez de nouveau la raison, ou affichez tout.
sent-none = Rien n’a encore été envoyé.
sent-none-text = Chaque événement d’appel qu’une destination demande apparaît ici aussitôt. La même liste, pour les programmes :
sent-none-match = Aucun envoi ne correspond.
sent-state-failed = en échec
sent-state-owed = en attente
sent-state-delivered = remis
sent-state-rejected = refusé
sent-state-exhausted = abandonné
sent-state-silent = non envoyé : destination muette
sent-state-skipped = rien à envoyer
sent-done-resent = { $count ->
    [0] Rien n’a été relancé : ce qui est en cours d’envoi n’est pas touché.
    [one] 1 envoi est relancé.
   *[other] { $count } envois sont relancés.
}
sent-done-unselected = Rien n’a été sélectionné.
sent-done-waiting = La destination est en pause : ce qui est à relancer attend la reprise.
sent-done-paused = La destination est en pause. Les envois attendent la reprise.
sent-done-resumed = La destination a repris. Ce qui attendait est envoyé.
sent-title = { $event } vers { $destination }
sent-settled = Clos
sent-due = Prochain essai
sent-id = Identifiant
sent-attempt = Essai { $number }
sent-verdict-delivered = remis
sent-verdict-retry = à réessayer
sent-verdict-rejected = refusé
sent-verdict-silent = non envoyé
sent-verdict-skipped = rien à envoyer
sent-request = Requête
sent-no-request = La requête n’a pas pu être construite.
sent-answer = Réponse
sent-empty-answer = La réponse était vide.
sent-no-answer = Pas de réponse.
sent-no-attempt = Aucun essai n’a encore eu lieu.
sent-facts = Tout ce dont les modèles disposent

## Événements (console/events)
told-sources = Sources
told-source = Source
told-address = Adresse
told-heard = Dernier événement
told-state-on = active
told-state-quiet = silencieuse
told-state-never = rien reçu
told-state-off = désactivée
told-queue = Lit sa file de messages
told-try = L’essayer depuis un terminal
told-no-source = Aucun système téléphonique n’est configuré.
told-no-source-text = Les agents XiVO n’ont pas besoin de [[source]]. Pour tout autre système téléphonique, ajoutez une [[source]] à la configuration et appliquez-la ; son adresse apparaît alors ici.
told-list = Événements acceptés et appels présentés
told-which = Lesquels
told-all = Tous
told-only-warnings = Seulement les incomplets
told-warnings = { $count ->
    [one] Il manque à l’un de ces événements quelque chose que le système téléphonique devrait envoyer.
   *[other] Il manque à { $count } de ces événements quelque chose que le système téléphonique devrait envoyer.
}
told-show-warnings = N’afficher qu’eux
told-why = Suite donnée
told-opened = Sa page s’est ouverte
told-warning = incomplet
told-repeats = { $count ->
    [one] envoyé deux fois
   *[other] renvoyé { $count } fois
}
told-body = Tel que reçu
told-none = Aucun événement n’a encore été reçu.
told-none-text = Chaque appel présenté et chaque événement d’un système téléphonique apparaît ici aussitôt. Pour en envoyer un depuis un terminal :
told-none-match = Aucun événement ne correspond.
told-why-answered = Sa page s’ouvre quand l’appel est décroché.
told-why-ended = Sa page s’ouvre quand l’appel est terminé.
told-why-unanswered = Sa page ne s’est pas ouverte : l’agent n’a pas décroché.
told-why-unreported = Sa page s’ouvre plus tard dans l’appel, et aucun système téléphonique ne signale cet appel.
told-why-absent = Sa page n’est pas encore ouverte : l’agent est-il connecté au bureau intégré ?
told-why-unloaded = Sa page n’est pas encore ouverte : examinez l’application de l’agent.
told-why-elsewhere = Sa page est sur un autre site : Callpane ne peut pas savoir si elle s’est ouverte.
told-why-program = L’ordre de lancer un programme a été envoyé ; Callpane ne peut pas savoir s’il a été lancé.
told-why-callless = L’événement ne nomme aucun appel.
told-why-agentless = L’événement ne nomme aucun agent.
told-why-unknown = « { $name } » n’est pas un nom d’événement connu : indiquez sa signification sous « events » dans la [[source]] « { $source } ».
told-why-quiet = La règle « { $rule } » n’ouvre rien.
told-why-rule = La règle « { $rule } » n’a rien ouvert :
told-why-decided = Rien n’a été ouvert :
told-why-unmatched = Aucune règle ne correspond.
told-why-outbound = Aucune règle ne concerne les appels sortants.
told-why-endpoint = Le service interrogé par la règle « { $rule } » dit de ne rien ouvrir.
told-why-panicked = Les règles n’ont pas pu décider de cet appel : merci de signaler ce défaut de Callpane.
told-why-desktop = Les applications de ces agents demandent elles-mêmes leurs pages.
told-why-stranger = { $name } n’est pas un agent de cette source : ajoutez ceci à l’agent, et appliquez-le :
told-why-gone = L’agent n’est plus configuré.
told-why-presence = Un changement de présence n’ouvre aucune page.
told-why-paged = L’agent a déjà une page pour cet appel.
told-why-started = Aucun téléphone d’agent ne sonne encore.
told-why-updated = Il ne fait qu’ajouter des détails à son appel.
told-why-over = L’appel était déjà terminé pour cet agent.

## Requêtes refusées (console/refusals)
refused-kept = Les plus récentes de chaque sorte sont conservées, sans secrets.
refused-what = Ce qui a été refusé
refused-do = Que faire
refused-bytes = { $count ->
    [one] { $count } octet
   *[other] { $count } octets
}
refused-none = Rien n’a été refusé.
refused-none-text = Une requête qui n’est pas acceptée apparaît ici avec sa raison. Pour en voir une, envoyez quelque chose à une adresse qu’aucune source n’a :
refused-none-match = Aucune requête de cette source n’a été refusée.
refused-unknown = Aucune source n’a ce nom
refused-unknown-do = Ajoutez une [[source]] de ce nom à la configuration et appliquez-la, ou corrigez l’adresse dans le système téléphonique.
refused-off = La source est désactivée
refused-off-do = Passez state à on dans sa [[source]] et appliquez-la, ou faites cesser les envois du système téléphonique.
refused-unproven = Échec de l’authentification
refused-unproven-do = Comparez le secret du système téléphonique avec celui de la configuration.
refused-unclear = Non comprise
refused-unclear-do = Enregistrez la requête dans un fichier : callpane try montre ce qui manque.
refused-unreadable = La requête est illisible
refused-unreadable-do = Le détail indique l’endroit : corrigez-le dans le système téléphonique.
refused-large = La requête est trop grande
refused-large-do = Faites en sorte que le système téléphonique envoie moins ; le détail donne la limite.
refused-slow = La requête n’est pas arrivée à temps
refused-slow-do = Vérifiez le réseau entre le système téléphonique et Callpane.
refused-broken = La requête n’a pas pu être traitée
refused-broken-do = Le journal dit pourquoi ; merci de le signaler.
