//! The console's loop.

use super::input::Input;
use super::loader::Loader;
use super::signals::{self, End};
use super::terminal::{NoTerminal, Terminal};
use crate::app::quit::farewell;
use crate::app::{Effect, Message, Model, Session, update};
use crate::graph::Client;
use crate::queue::{Command, QueueEvent, QueueHandle};
use crate::ui::Theme;
use chrono::Utc;
use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use futures_util::stream::ReadyChunks;
use std::io;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Pages that arrive one after the other are drawn at most so often; a key is drawn at once.
const DATA_FRAME: Duration = Duration::from_millis(60);

/// Answers are taken in for at most so long before the keys are looked at again.
const DATA_SLICE: Duration = Duration::from_millis(6);

/// How long the console waits for the queue when it is asked to end from outside.
const LAST_WAIT: Duration = Duration::from_millis(2500);

/// What the console is made of.
#[derive(Debug)]
pub struct Parts {
    /// Who works where.
    pub session: Session,
    /// How it looks.
    pub theme: Theme,
    /// The client for lists.
    pub client: Client,
    /// The running queue.
    pub queue: QueueHandle,
}

/// How the console was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// By whom.
    pub ended: Ended,
    /// What became of the verdicts, if any were sent, in one line for the shell.
    pub farewell: Option<String>,
}

/// How the console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The analyst left.
    ByAnalyst,
    /// A signal, or the loss of the terminal; with the exit code that a shell gives to it.
    FromOutside(u8),
}

/// Runs the console until the analyst leaves or the outside ends it. The terminal is given back in any case.
pub async fn run(parts: Parts) -> Result<Left, NoTerminal> {
    let terminal = Terminal::enter()?;
    let size = terminal.size()?;
    let model = Model::new(parts.session, size, Utc::now());
    let (answers, inbox) = mpsc::unbounded_channel();
    super::log::requests(&parts.client);
    let console = Console {
        model,
        theme: parts.theme,
        terminal,
        loader: Loader::new(parts.client, answers),
        inbox,
        queue: parts.queue,
        events: Some(events()),
        input: Input::default(),
        dirty: Dirty::Now,
        drawn: Instant::now(),
        done: false,
    };
    Box::pin(console.run(signals::listen()?)).await.map_err(NoTerminal::from)
}

/// Whether the screen is behind the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dirty {
    /// It is not.
    No,
    /// By data, which can wait for the next frame.
    Data,
    /// By a key, which cannot.
    Now,
}

struct Console {
    model: Model,
    theme: Theme,
    terminal: Terminal,
    loader: Loader,
    inbox: mpsc::UnboundedReceiver<Message>,
    queue: QueueHandle,
    /// The terminal's events, all that are there at once; gone while the process is stopped. They are only ever awaited:
    /// polled in any other way, crossterm's stream would not wake the loop again.
    events: Option<ReadyChunks<EventStream>>,
    input: Input,
    dirty: Dirty,
    drawn: Instant,
    done: bool,
}

/// More keys than a terminal sends at once.
const MOST_KEYS: usize = 1024;

fn events() -> ReadyChunks<EventStream> {
    EventStream::new().ready_chunks(MOST_KEYS)
}

/// What woke the loop.
enum Woken {
    Terminal(Option<Vec<io::Result<Event>>>),
    Answer(Message),
    Queue(Option<QueueEvent>),
    End(End),
    Time,
}

impl Console {
    async fn run(mut self, mut ends: mpsc::UnboundedReceiver<End>) -> io::Result<Left> {
        let effects = self.model.start();
        self.carry_out(effects)?;
        while !self.done {
            self.draw_if_due()?;
            match self.wait(&mut ends).await {
                Woken::Terminal(Some(events)) if events.iter().all(Result::is_ok) => {
                    self.take_keys(events)?;
                }
                // The terminal is gone, with or without saying why.
                Woken::Terminal(_) => return Ok(self.end_from_outside(End::TerminalGone).await),
                Woken::End(end) => return Ok(self.end_from_outside(end).await),
                Woken::Answer(message) => self.happen(message, Dirty::Data)?,
                Woken::Queue(Some(event)) => self.happen(Message::Queue(event), Dirty::Data)?,
                Woken::Queue(None) => self.queue_ended()?,
                Woken::Time => self.happen(None, Dirty::Data)?,
            }
            self.take_what_waits()?;
        }
        Ok(self.left(Ended::ByAnalyst))
    }

    /// Sleeps until something happens.
    async fn wait(&mut self, ends: &mut mpsc::UnboundedReceiver<End>) -> Woken {
        let wake = self.wake_in();
        let timer = async {
            match wake {
                Some(duration) => tokio::time::sleep(duration).await,
                None => std::future::pending().await,
            }
        };
        let Some(events) = self.events.as_mut() else { return Woken::Time };
        tokio::select! {
            biased;
            event = events.next() => Woken::Terminal(event),
            Some(end) = ends.recv() => Woken::End(end),
            event = self.queue.events.recv(), if !self.queue.events.is_closed() || !self.queue.events.is_empty() => {
                Woken::Queue(event)
            }
            Some(message) = self.inbox.recv() => Woken::Answer(message),
            () = timer => Woken::Time,
        }
    }

    fn wake_in(&self) -> Option<Duration> {
        let frame = (self.dirty == Dirty::Data).then(|| DATA_FRAME.saturating_sub(self.drawn.elapsed()));
        let model = self.model.wake_at().map(|at| (at - Utc::now()).to_std().unwrap_or_default());
        [frame, model].into_iter().flatten().min()
    }

    /// Takes in answers that are already there, for a short while, so that no key waits behind a million rows.
    fn take_what_waits(&mut self) -> io::Result<()> {
        let began = Instant::now();
        while !self.done && began.elapsed() < DATA_SLICE {
            if let Ok(event) = self.queue.events.try_recv() {
                self.happen(Message::Queue(event), Dirty::Data)?;
            } else if let Ok(message) = self.inbox.try_recv() {
                self.happen(message, Dirty::Data)?;
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Takes in all keys that are there, so that fifty of them are one frame.
    fn take_keys(&mut self, events: Vec<io::Result<Event>>) -> io::Result<()> {
        for event in events.into_iter().flatten() {
            self.terminal_event(event)?;
        }
        Ok(())
    }

    fn terminal_event(&mut self, event: Event) -> io::Result<()> {
        if matches!(event, Event::Resize(..)) {
            // What a terminal cut off on its way through smaller sizes is gone, even where it has its old size again.
            self.terminal.repaint()?;
            super::terminal::look_for_keys_again();
        }
        match self.input.message(event, Instant::now()) {
            Some(message) => self.happen(message, Dirty::Now),
            None => Ok(()),
        }
    }

    /// Lets the time pass, and then the message happen, if there is one.
    fn happen(&mut self, message: impl Into<Option<Message>>, dirty: Dirty) -> io::Result<()> {
        let mut effects = update(&mut self.model, Message::Time(Utc::now()));
        if let Some(message) = message.into() {
            effects.extend(update(&mut self.model, message));
        }
        if self.dirty != Dirty::Now {
            self.dirty = dirty;
        }
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Load(ticket, list) => self.loader.load(ticket, list),
                Effect::CancelLoad(ticket) => self.loader.cancel(ticket),
                Effect::ReadHistory(user) => self.loader.history(user),
                Effect::Queue(command) => self.tell_queue(command)?,
                Effect::Suspend => self.suspend()?,
                Effect::Repaint => self.terminal.repaint()?,
                Effect::Quit => self.done = true,
            }
        }
        Ok(())
    }

    fn tell_queue(&mut self, command: Command) -> io::Result<()> {
        match self.queue.commands.send(command) {
            Ok(()) => Ok(()),
            Err(_) => self.queue_ended(),
        }
    }

    /// The queue's task is no more: nothing will be sent, and leaving need not wait for it.
    fn queue_ended(&mut self) -> io::Result<()> {
        if self.done {
            return Ok(());
        }
        self.happen(Message::Queue(QueueEvent::Stopped), Dirty::Now)
    }

    fn suspend(&mut self) -> io::Result<()> {
        // The stream's own thread would read keys that belong to the shell.
        self.events = None;
        let result = self.terminal.suspend();
        self.events = Some(events());
        self.dirty = Dirty::Now;
        result
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        let due = match self.dirty {
            Dirty::No => false,
            Dirty::Data => self.drawn.elapsed() >= DATA_FRAME,
            Dirty::Now => true,
        };
        if !due {
            return Ok(());
        }
        // A resize may be seen here before its event arrives; model and screen must be of one size.
        let size = self.terminal.size()?;
        if size != self.model.size {
            let effects = update(&mut self.model, Message::Resize(size.0, size.1));
            self.carry_out(effects)?;
        }
        self.terminal.draw(&self.model, &self.theme)?;
        self.dirty = Dirty::No;
        self.drawn = Instant::now();
        Ok(())
    }

    /// Ended from outside: sends nothing more, lets the call in flight be answered, and leaves.
    async fn end_from_outside(mut self, end: End) -> Left {
        super::terminal::leave();
        if self.queue.commands.send(Command::Shutdown { finish: false }).is_ok() {
            let stopped = async {
                while let Some(event) = self.queue.events.recv().await {
                    self.model.queue.apply(&event);
                    if event == QueueEvent::Stopped {
                        break;
                    }
                }
            };
            // What is not answered by then stays unknown.
            let _ = tokio::time::timeout(LAST_WAIT, stopped).await;
        }
        self.left(Ended::FromOutside(end.code()))
    }

    fn left(&self, ended: Ended) -> Left {
        Left { ended, farewell: farewell(&self.model.queue) }
    }
}
