//! Plans for endpoints that no contract describes: by what adds up when the handler runs again.

use super::{Case, DEFAULT_KEY};
use crate::model::{Effect, EffectKind, Endpoint, Label, Plan, Remedy, quoted};

/// The plan for an endpoint of the code alone; none where nothing is to be done.
pub(super) fn plan(endpoint: &Endpoint) -> Option<Plan> {
    let described = endpoint.operation.is_some();
    if described || endpoint.label != Label::NotIdempotent || !endpoint.is_write() {
        return None;
    }
    let adding = Adding::new(&endpoint.adds_up)?;
    let remedy = adding.remedy(endpoint);
    Some(Plan {
        remedy,
        summary: adding.summary(endpoint, remedy),
        server: adding.steps(remedy),
        contract_change: String::new(),
        compensation: None,
    })
}

/// What adds up, by what it takes to do it once.
struct Adding<'e> {
    /// Tables that get a row.
    inserts: Vec<&'e Effect>,
    /// Tables whose rows get another value.
    updates: Vec<&'e Effect>,
    /// What leaves the system: mail, messages, requests.
    sends: Vec<&'e Effect>,
    /// Objects under another name every time, and lists.
    stores: Vec<&'e Effect>,
    sessions: bool,
}

impl<'e> Adding<'e> {
    fn new(effects: &'e [Effect]) -> Option<Self> {
        let of = |kinds: &[EffectKind]| -> Vec<&'e Effect> {
            let is = |effect: &&Effect| kinds.iter().any(|kind| kind.name() == effect.kind);
            let mut found: Vec<&Effect> = effects.iter().filter(is).collect();
            found.dedup_by(|a, b| a.target == b.target);
            found
        };
        (!effects.is_empty()).then(|| Self {
            inserts: of(&[EffectKind::Insert, EffectKind::Upsert]),
            updates: of(&[EffectKind::Update]),
            sends: of(&[EffectKind::Mail, EffectKind::Publish, EffectKind::Request]),
            stores: of(&[EffectKind::Set, EffectKind::Append]),
            sessions: !of(&[EffectKind::Session]).is_empty(),
        })
    }

    fn remedy(&self, endpoint: &Endpoint) -> Remedy {
        let rows = !self.inserts.is_empty() || !self.stores.is_empty();
        match (rows, self.updates.is_empty(), self.sends.is_empty()) {
            (false, true, true) if self.sessions => Remedy::Expire,
            (false, true, false) => Remedy::Outbox,
            (false, false, true) => Remedy::IfMatch,
            (true, true, true) if self.inserts.len() == 1 && endpoint.critical.is_none() => {
                Remedy::NaturalKey
            }
            _ => Remedy::AddKey,
        }
    }

    fn summary(&self, endpoint: &Endpoint, remedy: Remedy) -> String {
        let (key, name) = (quoted(DEFAULT_KEY), quoted(&endpoint.name()));
        let table = self
            .inserts
            .first()
            .map_or("", |effect| effect.target.as_str());
        match remedy {
            Remedy::Expire => format!(
                "A repeat of {name} begins another session and changes nothing else: let them expire, and limit \
                 how many one caller may hold."
            ),
            Remedy::Outbox => format!(
                "Require {key} on {name}, and send from an outbox: one row for each key, written in the \
                 transaction of the request."
            ),
            Remedy::IfMatch => {
                format!("Require `If-Match` with the ETag of what {name} changes, or {key}.")
            }
            Remedy::NaturalKey => format!(
                "Make what the client sends unique in {}, so that the repeat of {name} finds it there; where \
                 nothing it sends is, require {key}.",
                quoted(table)
            ),
            _ => format!("Require {key} on {name}, and answer a repeat with the stored answer."),
        }
    }

    fn steps(&self, remedy: Remedy) -> Vec<String> {
        let key = quoted(DEFAULT_KEY);
        let mut steps = Vec::new();
        match remedy {
            Remedy::Expire => steps.push(
                "Give sessions an expiry, and revoke the oldest when a caller holds too many.".to_owned(),
            ),
            Remedy::IfMatch => steps.push(
                "Compare and change in one statement (`UPDATE … WHERE id = $1 AND version = $2`); no row changed \
                 means 412."
                    .to_owned(),
            ),
            Remedy::NaturalKey => {
                let table = quoted(self.inserts.first().map_or("", |effect| &effect.target));
                steps.push(format!(
                    "Add a unique constraint to {table}, insert with `ON CONFLICT DO NOTHING`, and answer a repeat \
                     with the row that is there."
                ));
            }
            _ => {
                let rows = names(&self.inserts);
                let place = match rows.is_empty() {
                    true => "In the transaction of the effect".to_owned(),
                    false => format!("In the transaction that inserts into {rows}"),
                };
                steps.push(format!(
                    "{place}, insert {key}, the caller and a fingerprint of the request into a table with a unique \
                     constraint on the first two; when the row is there already, answer with what is stored."
                ));
            }
        }
        if !self.sends.is_empty() {
            steps.push(format!(
                "Write what leaves the system ({}) into an outbox table in that transaction; a worker sends it, with \
                 the row's id as the id of the message.",
                names(&self.sends)
            ));
        }
        if !self.stores.is_empty() && remedy != Remedy::NaturalKey {
            steps.push(format!(
                "Derive the name of what is stored ({}) from {key} or from its content, so that a repeat writes the \
                 same.",
                names(&self.stores)
            ));
        }
        steps
    }
}

/// The targets of effects, three of them at most.
fn names(effects: &[&Effect]) -> String {
    let shown: Vec<String> = effects
        .iter()
        .take(3)
        .map(|effect| quoted(&effect.target))
        .collect();
    let more = effects.len().saturating_sub(3);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Case<'_> {
    /// What adds up in the code behind the operation, as a step of its own.
    pub(super) fn step_by_code(&self) -> Option<String> {
        let adding = Adding::new(&self.endpoint.adds_up)?;
        let sends = names(&adding.sends);
        (!sends.is_empty()).then(|| {
            format!(
                "Send what leaves the system ({sends}) from an outbox row that is written in the same transaction."
            )
        })
    }
}
