//! Leaving, and what must be asked before.

use crate::app::message::Effect;
use crate::app::model::{Model, Overlay, Tone};
use crate::queue::{Command, TargetState};

/// Ctrl-c: asks like `q` does, but never answers its own question, so that holding it loses nothing. Once the console is
/// leaving, it stops waiting for the queue.
pub(super) fn interrupt(model: &mut Model) -> Vec<Effect> {
    if model.leaving {
        return vec![Effect::Quit];
    }
    if matches!(model.overlay, Some(Overlay::Quit { .. })) {
        return Vec::new();
    }
    quit(model)
}

pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    if model.unfinished().is_empty() {
        return leave(model, false);
    }
    let over = match model.overlay.take() {
        Some(Overlay::Review(review)) => Some(review),
        _ => None,
    };
    model.overlay = Some(Overlay::Quit { over });
    Vec::new()
}

pub(super) fn leave(model: &mut Model, send: bool) -> Vec<Effect> {
    model.leaving = true;
    model.overlay = None;
    model.say(
        Tone::Info,
        if send { "sending what was accepted, then leaving; ctrl-c leaves now" } else { "leaving" },
    );
    let mut effects = Vec::new();
    if !send {
        let open = model.queue.submissions().iter();
        let open = open.filter(|view| view.counts().sum(TargetState::can_recall) > 0);
        effects.extend(open.map(|view| Effect::Queue(Command::Recall(view.submission.id))));
    }
    effects.push(Effect::Queue(Command::Shutdown { finish: send }));
    effects
}
