//! Leaving, and what must be asked before.

use crate::app::message::Effect;
use crate::app::model::{Model, Overlay, Tone};
use crate::queue::{Command, TargetState};

pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    if model.leaving {
        // Asked twice: the analyst does not want to wait for the queue.
        return vec![Effect::Quit];
    }
    let unfinished = model.unfinished();
    if matches!(model.overlay, Some(Overlay::Quit(_))) || unfinished.is_empty() {
        return leave(model, false);
    }
    model.overlay = Some(Overlay::Quit(unfinished));
    Vec::new()
}

pub(super) fn leave(model: &mut Model, send: bool) -> Vec<Effect> {
    model.leaving = true;
    model.overlay = None;
    model.say(Tone::Info, if send { "sending what waits, then leaving" } else { "leaving" });
    let mut effects = Vec::new();
    if !send {
        let open = model.queue.submissions().iter();
        let open = open.filter(|view| view.counts().sum(TargetState::can_recall) > 0);
        effects.extend(open.map(|view| Effect::Queue(Command::Recall(view.submission.id))));
    }
    effects.push(Effect::Queue(Command::Shutdown { finish: send }));
    effects
}
