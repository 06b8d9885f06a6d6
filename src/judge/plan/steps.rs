//! What a server must do so that a remedy holds.

use super::Case;
use crate::judge::media::is_json_patch;
use crate::model::{Remedy, quoted};

impl Case<'_> {
    /// What the server must do for a remedy, one step each.
    pub(super) fn server(&self, remedy: Remedy) -> Vec<String> {
        let key = quoted(&self.key);
        let thing = self.thing();
        let fingerprint = format!(
            "In the transaction of the effect, insert {key}, the caller, the operation and a fingerprint of \
             the request into a table with a unique constraint on the first three."
        );
        let replay = "When the row is there already: answer with the stored status and body if the fingerprint \
                      is the same, 422 if it differs, 409 while the first request still runs."
            .to_owned();
        let keep = "Keep the row for at least 24 hours, and say in the contract how long; a client that retries \
                    later than that must ask first whether its request was done."
            .to_owned();
        match remedy {
            Remedy::RequireKey | Remedy::AddKey => {
                let missing = format!("Answer 400 when {key} is missing.");
                let mut steps = vec![missing, fingerprint, replay, keep];
                steps.extend(self.peculiar_steps());
                steps
            }
            Remedy::Outbox => vec![
                format!("Answer 400 when {key} is missing."),
                fingerprint,
                format!(
                    "Write what is to be sent into an outbox table in the same transaction, with {key} as the \
                     id of the message; a worker sends it and marks the row."
                ),
                "Give that id to whoever receives it (a mail's Message-ID, a webhook's `webhook-id`, a record's \
                 key), so that a second delivery can be told."
                    .to_owned(),
                replay,
            ],
            Remedy::NaturalKey => {
                let members = self.shape.natural_members();
                let member = quoted(members.first().copied().unwrap_or("id"));
                vec![
                    format!(
                        "Add a unique constraint on {member} (together with the tenant or owner, if a value is \
                         only unique there)."
                    ),
                    "Insert and let the constraint decide (`ON CONFLICT DO NOTHING`); looking first and inserting \
                     then lets two requests through."
                        .to_owned(),
                    format!(
                        "On a conflict, answer 200 with the {thing} that is there if the request says the same, \
                         409 if it says something else."
                    ),
                ]
            }
            Remedy::PutWithClientId => vec![
                format!(
                    "Take the id of the {thing} from the path and insert or update under it \
                     (`INSERT … ON CONFLICT (id) DO UPDATE`)."
                ),
                "Answer 201 the first time and 200 after; with `If-None-Match: *` answer 412 when it is there."
                    .to_owned(),
                "Accept ids that clients can make without asking (UUID), and check that the caller owns the one \
                 that is there."
                    .to_owned(),
            ],
            Remedy::IfMatch => vec![
                "Answer reads with an `ETag`, and answer 428 to a change without `If-Match`.".to_owned(),
                "Compare and change in one statement (`UPDATE … WHERE id = $1 AND version = $2`); no row changed \
                 means 412."
                    .to_owned(),
                if is_json_patch(self.operation) {
                    "Where clients cannot keep an ETag, ask for a `test` operation in front of each `add`, `move` \
                     and `remove` on an array (RFC 6902 section 4.6)."
                        .to_owned()
                } else {
                    "Set members to the values that are sent; where one is added to, send the new total instead."
                        .to_owned()
                },
            ],
            Remedy::MergePatch => vec![
                "Set each member that is sent to its value, delete it where null is sent, replace lists whole \
                 (RFC 7396)."
                    .to_owned(),
                "Where a member is counted up or appended to, take it out of this operation, or require \
                 `If-Match` as well."
                    .to_owned(),
                "Answer 415 to other media types once clients have moved.".to_owned(),
            ],
            Remedy::StateTransition => vec![
                format!(
                    "Change the state in one statement that names the states it may come from \
                     (`UPDATE … SET state = $2 WHERE id = $1 AND state IN (…)`)."
                ),
                format!(
                    "When no row changed, read the {thing}: answer 200 with it if the state is reached already, \
                     409 if it cannot be reached from here."
                ),
                "Do what follows from the change (mail, event, money) only when a row changed, from an outbox row \
                 written in that transaction."
                    .to_owned(),
            ],
            Remedy::Expire => vec![
                "Give sessions and tokens an expiry, and revoke the oldest when a caller holds too many.".to_owned(),
                "Limit the rate for each caller and address, and answer 429 with `Retry-After` above it.".to_owned(),
            ],
        }
    }

    /// What a key needs beside the usual, by what the contract shows of this operation.
    fn peculiar_steps(&self) -> Vec<String> {
        let key = quoted(&self.key);
        let mut steps = Vec::new();
        let body = self.operation.body.as_ref();
        let upload = body.is_some_and(|body| {
            let types = [
                "multipart/",
                "application/octet-stream",
                "image/",
                "video/",
                "audio/",
            ];
            let is_upload = |media: &String| types.iter().any(|known| media.starts_with(known));
            body.media_types.iter().any(is_upload)
        });
        if upload {
            steps.push(
                "For an upload the digest of its content is the fingerprint (`Repr-Digest`, RFC 9530); with the \
                 digest as name of what is stored, a repeat writes the same."
                    .to_owned(),
            );
        }
        if body.is_some_and(|body| body.list_items.is_some()) {
            steps.push(format!(
                "The body is a list: keep the outcome of each item under {key} and its place in the list, so that a \
                 repeat after half of it does the other half."
            ));
        }
        if self
            .operation
            .responses
            .iter()
            .any(|answer| answer.code == "202")
        {
            steps.push(
                "It is taken on and done later (202): answer a repeat with the job of the first request, finished \
                 or not."
                    .to_owned(),
            );
        }
        if self.endpoint.critical.is_some() {
            steps.push(format!(
                "Make the keys of all requests that this one sends on (to a payment partner, a warehouse, a mail \
                 provider) from {key}, so that they happen once too."
            ));
        }
        steps
    }
}
