//! The page of a pane: shown, and noted when it is on screen.

use sha2::{Digest as _, Sha256};

use crate::desktop::xucmgt;
use crate::domain::colour::Colour;
use crate::domain::event::PageEventKind;
use crate::domain::identity::Identity;
use crate::domain::ring::{Queue, Ring};
use crate::domain::time::Timestamp;
use crate::domain::token::Gone;
use crate::domain::trace::TraceCode;
use crate::domain::word::Word as _;
use crate::flow::context::cause;
use crate::flow::panes::call;
use crate::flow::panes::contact::{is_vip, says_vip};
use crate::flow::panes::error::Error;
use crate::flow::panes::events::publish;
use crate::flow::panes::frames;
use crate::flow::panes::open::Panes;
use crate::flow::panes::seen::Seen;
use crate::flow::panes::unreported;
use crate::pbx;
use crate::store::PaneRow;
use crate::view;

impl Panes {
    /// The page of a pane. Whether the desktop opened it at its rule's moment, or somebody `by_hand`
    /// through a link, decides what its opening proves.
    pub async fn show(&self, token: &str, by_hand: bool) -> Result<view::PanePage, Error> {
        let id = self.open(token)?;
        let now = self.context.now();
        let mut opened = self.read_page(id).await?;
        let pane = &mut opened.pane;
        let template = pane.page.clone().ok_or(Error::Gone(Gone::Unknown))?;
        if pane.opened_at.is_none() {
            pane.proven_at = self.note_opening(pane, by_hand).await;
            pane.opened_at = Some(now);
        }
        let (pane, ring, seen) = self.seen(opened);
        Ok(self.page(template, pane, &ring, seen))
    }

    /// The page is on screen. It is shown even if that cannot be noted. Answers when the moment was
    /// that this has proven.
    async fn note_opening(&self, pane: &PaneRow, by_hand: bool) -> Option<Timestamp> {
        let (now, id, pane) = (self.context.now(), pane.id, pane.clone());
        let (in_force, region) = (self.context.in_force(), self.context.options.region);
        let noted = self.context.store.write(move |tx| {
            if !tx.open_pane(pane.id, now)? {
                return Ok(None);
            }
            let proven = !by_hand && unreported::proves(tx, &pane)?;
            if proven {
                tx.set_proven(pane.id, now)?;
            }
            publish(tx, PageEventKind::Opened, &pane, now, &in_force, region)?;
            Ok(proven.then_some(now))
        });
        match noted.await {
            Ok(proven) => {
                tracing::info!(pane = %id, "pane opened");
                proven
            }
            Err(error) => {
                tracing::error!(pane = %id, error = cause(&error), "the opening of a page could \
                                                                    not be recorded");
                None
            }
        }
    }

    pub(crate) fn page(
        &self,
        template: String,
        pane: PaneRow,
        ring: &Ring,
        seen: Seen,
    ) -> view::PanePage {
        let offered = self.offered(ring);
        // The built-in desktop is of the page's own origin, whatever name it is reached by.
        let origin = if pane.by_phone_system {
            "/".to_owned()
        } else {
            self.context.options.origins.message_target(pane.origin.as_deref())
        };
        let caller = call::caller(&ring.caller, self.context.options.region);
        let title = if pane.title.is_empty() {
            heading(&seen.contact, &caller)
        } else {
            pane.title.clone()
        };
        let (data, attached) = data(&ring.data);
        let wrapped = pane.address.as_ref().map(|url| view::Wrapped {
            url: url.clone(),
            origin: frames::origin(url).unwrap_or_default(),
            framed: self.frames.may_frame(url),
        });
        view::PanePage {
            page: template,
            wrapped,
            call: self.call(&pane, ring, &seen),
            caller,
            vip: seen.contact.vip || ring.data.iter().any(|(key, value)| says_vip(key, value)),
            contact: seen.contact,
            callee: view::Callee { number: pane.callee },
            agent: view::Agent { name: pane.agent_name, id: ring.agent.id().map(str::to_owned) },
            queue: self.queue(ring.queue.as_ref().or(seen.call.queue())),
            data,
            attached,
            cards: seen.cards,
            history: seen.history,
            disposition_options: offered.options,
            disposition_required: offered.required,
            newest: seen.newest,
            desktop_origin: origin,
            pane: view::Pane {
                path: self.context.pane_path(pane.id),
                title,
                autopause: pane.autopause,
                notes: pane.notes,
                version: pane.version,
                disposition: pane.disposition,
                completed: pane.completed_at.is_some(),
                identity: pane.identity.map(Identity::word),
                withheld: seen.withheld.map(Identity::word),
                trace: TraceCode::of(pane.id).to_string(),
            },
        }
    }

    fn queue(&self, told: Option<&Queue>) -> Option<view::Queue> {
        let told = told?;
        queue(told, self.context.in_force().configuration.colour(told))
    }

    fn call(&self, pane: &PaneRow, ring: &Ring, seen: &Seen) -> view::Call {
        let started = pane.id.minted();
        let dialled = ring.dialled.as_ref();
        view::Call {
            id: pane.call.external_id.clone(),
            uuid: pane.call.id.to_string(),
            direction: ring.direction.word().to_owned(),

            started_at: started.to_string(),
            progress: self.progress(pane, seen),
            dialled: dialled.map(|party| party.display(self.context.options.region)),
        }
    }

    /// What a page's template sees of its call's progress.
    pub(crate) fn progress(&self, pane: &PaneRow, seen: &Seen) -> view::Progress {
        let (call, part, now) = (&seen.call, &seen.part, self.context.now());
        view::Progress {
            phase: part.phase.word(),
            since: part.since.map(|since| since.to_string()).unwrap_or_default(),
            since_ms: part.since.map(|since| since.0),
            since_text: part.since.map(view::time_of_day).unwrap_or_default(),
            elapsed: part.since.map_or(0, |since| now.since(since).as_secs()),
            reported: pane.state.is_some(),
            rang: part.rang.map(|span| span.as_secs()),
            talked: part.talked.map(|span| span.as_secs()),
            became: part.became.as_ref().map(call::became),
            cause: call.cause().map(str::to_owned),
            recordings: call.recordings().map(str::to_owned).collect(),
            tags: [call.tags(), call.codes()].concat(),
            voicemail: call.voicemail(),
        }
    }
}

fn heading(contact: &view::Contact, caller: &view::Caller) -> String {
    let of_all = contact.company.as_ref().filter(|_| contact.state == "several");
    let name = contact.name.as_ref().or(of_all).or(caller.name.as_ref());
    name.unwrap_or(&caller.display).clone()
}

fn queue(queue: &Queue, colour: Option<Colour>) -> Option<view::Queue> {
    let display = queue.label()?.to_owned();
    let name = queue.name.clone().unwrap_or_else(|| display.clone());
    let colour = colour.or_else(|| usual_colour(&name)).map(Colour::word);
    Some(view::Queue { colour, name, display, number: queue.number.clone() })
}

/// A colour for a name: always the same one, on every node and after every upgrade.
fn usual_colour(name: &str) -> Option<Colour> {
    let digest = Sha256::digest(name.to_lowercase());
    let at = digest.first().map_or(0, |byte| usize::from(*byte) % Colour::ALL.len());
    Colour::ALL.get(at).map(|(_, colour)| *colour)
}

/// The attached data: what an integrator attached first, and how many that are; then what the phone
/// system says of itself.
fn data(attached: &[(String, String)]) -> (Vec<view::Datum>, usize) {
    let mut data: Vec<view::Datum> = attached
        .iter()
        .filter(|(key, _)| !is_vip(key))
        .map(|(key, value)| view::Datum {
            key: key.clone(),
            label: xucmgt::label(key),
            value: value.clone(),
            technical: xucmgt::is_technical(key) || pbx::is_technical(key),
        })
        .collect();
    data.sort_by_key(|datum| datum.technical);
    let own = data.iter().filter(|datum| !datum.technical).count();
    (data, own)
}
