//! An app without a window against a room in the same process, both on one virtual clock.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use auspice::authority::{Outgoing, Room};
use auspice::sim::{Line, Link};
use auspice::{ClientId, Micros, Terms};
use auspice_bevy::demo::DemoPlugin;
use auspice_bevy::demo::controls::ControlsPlugin;
use auspice_bevy::demo::pictures::PicturesPlugin;
use auspice_bevy::lab::LabPlugin;
use auspice_bevy::overlay::OverlayPlugin;
use auspice_bevy::socket::{Closed, Dials, FarEnd, Signal, Socket};
use auspice_bevy::{AuspicePlugin, Connection, Controls, Mirrored, Session};
use auspice_demo::{Demo, Input, Rules};
use bevy::ecs::component::Mutable;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::settings::WgpuSettings;
use bevy::time::TimeUpdateStrategy;
use bevy::winit::WinitPlugin;
use tokio::sync::watch;

pub(crate) type Thing = Mirrored<Demo>;

/// A frame of a screen that shows 60 a second.
pub(crate) const FRAME: Duration = Duration::from_micros(16_667);

/// Whether neither a node nor what it is in is hidden.
fn is_shown(world: &World, node: Entity) -> bool {
    let is_hidden = world.get::<Node>(node).is_some_and(|node| node.display == Display::None);
    !is_hidden && world.get::<ChildOf>(node).is_none_or(|of| is_shown(world, of.parent()))
}

/// The app, the room, and the wire between them.
pub(crate) struct Rig {
    pub(crate) app: App,
    pub(crate) room: Room<Demo>,
    /// Whether the room ticks and the wire carries.
    pub(crate) is_running: bool,
    /// Whether the wire keeps what the room sends.
    pub(crate) is_holding: bool,
    /// One way.
    pub(crate) delay: Duration,
    /// What the last frame took of the real time.
    pub(crate) took: Duration,
    dialled: Arc<Mutex<Vec<Dialled>>>,
    wires: Vec<Wire>,
    now: Duration,
    next_tick: Duration,
}

/// A connection that nobody answered yet.
type Dialled = (FarEnd, watch::Receiver<Dials>);

struct Wire {
    far_end: FarEnd,
    dials: watch::Receiver<Dials>,
    client: ClientId,
    up: Line,
    down: Line,
}

impl Wire {
    /// The rig's own delay, and what the session's dials add to it.
    fn turn(&mut self, delay: Duration) {
        let dials = *self.dials.borrow();
        let link = Dials { delay_ms: dials.delay_ms + 2 * delay.as_millis() as u32, ..dials }.one_way();
        self.up.turn(link);
        self.down.turn(link);
    }
}

impl Rig {
    /// With nothing of a screen.
    pub(crate) fn new(rules: Rules, delay: Duration) -> Self {
        Self::with(rules, delay, |app| {
            app.add_plugins((MinimalPlugins, AuspicePlugin::<Demo>::default()));
        })
    }

    /// With everything that the demo shows, but no window and no graphics card to show it.
    pub(crate) fn shown(rules: Rules, delay: Duration) -> Self {
        let mut rig = Self::with(rules, delay, |app| {
            let nowhere = WgpuSettings { backends: None, ..default() };
            let render = RenderPlugin { render_creation: nowhere.into(), ..default() };
            let engine = DefaultPlugins.set(render).disable::<WinitPlugin>().disable::<LogPlugin>();
            app.add_plugins((engine, AuspicePlugin::<Demo>::default(), PicturesPlugin { record: None, canvas: None }));
            app.add_plugins((
                DemoPlugin,
                OverlayPlugin::<Demo>::default(),
                LabPlugin::<Demo>::default(),
                ControlsPlugin,
            ));
        });
        rig.app.finish();
        rig.app.cleanup();
        rig
    }

    fn with(rules: Rules, delay: Duration, add_plugins: impl FnOnce(&mut App)) -> Self {
        let dialled = Arc::new(Mutex::new(Vec::new()));
        let to_rig = Arc::clone(&dialled);
        let dial = move |_: &str, dials: watch::Receiver<Dials>| {
            let (socket, far_end) = Socket::pair();
            to_rig.lock().unwrap().push((far_end, dials));
            socket
        };
        let mut app = App::new();
        app.world_mut().spawn(Session::<Demo>::new("test", "tester").dial_by(dial));
        add_plugins(&mut app);
        app.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
        // Far enough to see all of a small world.
        let terms = Terms { interest_radius: 1000.0, ..Terms::of::<Demo>(rules).strict() };
        let room = Room::new(terms, 7, 16).unwrap();
        let (wires, now, next_tick) = (Vec::new(), Duration::ZERO, Duration::ZERO);
        Self {
            app,
            room,
            is_running: true,
            is_holding: false,
            delay,
            took: Duration::ZERO,
            dialled,
            wires,
            now,
            next_tick,
        }
    }

    /// One frame, after whatever ticks fall due before it.
    pub(crate) fn frame(&mut self) {
        self.now += FRAME;
        if !self.is_running {
            // A server that stands still makes up for nothing.
            self.next_tick += FRAME;
        }
        while self.is_running && self.next_tick <= self.now {
            self.tick();
            self.next_tick += Duration::from_secs(1) / self.room.terms().tick_hz;
        }
        self.carry();
        let started = Instant::now();
        self.app.update();
        self.took = started.elapsed();
        self.carry();
    }

    pub(crate) fn frames(&mut self, count: usize) {
        for _ in 0..count {
            self.frame();
        }
    }

    /// Frames until `is_so`; fails after `seconds` of virtual time.
    pub(crate) fn until(&mut self, seconds: u64, what: &str, is_so: impl Fn(&mut Self) -> bool) {
        let last = self.now + Duration::from_secs(seconds);
        while !is_so(self) {
            assert!(self.now < last, "not within {seconds} s: {what}; {}", self.connection());
            self.frame();
        }
    }

    pub(crate) fn until_playing(&mut self) {
        self.until(5, "playing with a ship", |rig| rig.connection().is_playing() && rig.own().is_some());
    }

    /// Cuts the wire without a word.
    pub(crate) fn cut(&mut self) {
        for wire in self.wires.drain(..) {
            self.room.disconnect(wire.client);
        }
    }

    /// A part of the session.
    pub(crate) fn part<C: Component<Mutability = Mutable>>(&mut self) -> Mut<'_, C> {
        self.app.world_mut().query::<&mut C>().single_mut(self.app.world_mut()).unwrap()
    }

    pub(crate) fn session(&mut self) -> Mut<'_, Session<Demo>> {
        self.part()
    }

    pub(crate) fn hold(&mut self, input: Input) {
        self.part::<Controls<Demo>>().0 = input;
    }

    /// The app's clock.
    pub(crate) fn now(&self) -> Duration {
        self.app.world().resource::<Time<Real>>().elapsed()
    }

    pub(crate) fn connection(&mut self) -> Connection {
        self.session().connection().clone()
    }

    /// Everything mirrored that is there: and where it is shown.
    pub(crate) fn things(&mut self) -> Vec<(auspice_demo::Entity, bool, auspice::EntityId, Vec3)> {
        let mut query = self.app.world_mut().query::<(&Thing, &auspice_bevy::Presence, &Transform)>();
        let there = query.iter(self.app.world()).filter(|(_, presence, _)| presence.gone_for.is_none());
        there.map(|(thing, _, transform)| (thing.after, thing.is_own, thing.id, transform.translation)).collect()
    }

    pub(crate) fn own(&mut self) -> Option<(auspice_demo::Ship, Vec3)> {
        self.things().into_iter().find_map(|(thing, is_own, _, at)| is_own.then_some((*thing.as_ship()?, at)))
    }

    /// Answers what was dialled by closing it.
    pub(crate) fn refuse(&mut self, code: u16, sentence: &str) {
        self.refuse_for(code, sentence, None);
    }

    /// Answers what was dialled by closing it, and perhaps by when to come again.
    pub(crate) fn refuse_for(&mut self, code: u16, sentence: &str, retry_after: Option<Micros>) {
        for (far_end, _) in self.dialled.lock().unwrap().drain(..) {
            let closed = Closed { retry_after, ..Closed::with(code, sentence) };
            far_end.incoming.try_send(Signal::Closed(closed)).unwrap();
        }
    }

    /// Closes the connection with a close frame.
    pub(crate) fn close(&mut self, code: u16, sentence: &str) {
        for wire in self.wires.drain(..) {
            let closed = Closed::with(code, sentence);
            wire.far_end.incoming.try_send(Signal::Closed(closed)).unwrap();
            self.room.disconnect(wire.client);
        }
    }

    /// All text that is shown beside the world.
    pub(crate) fn written(&mut self) -> Vec<String> {
        let mut texts = self.app.world_mut().query::<(Entity, &Text)>();
        let world = self.app.world();
        let shown = texts.iter(world).filter(|(entity, text)| !text.0.is_empty() && is_shown(world, *entity));
        shown.map(|(_, text)| text.0.clone()).collect()
    }

    /// The line of a menu that is marked; empty if none is shown.
    pub(crate) fn marked(&mut self) -> String {
        let mut lines = self.app.world_mut().query_filtered::<(Entity, &BackgroundColor, &Children), With<Button>>();
        let world = self.app.world();
        let marked = lines.iter(world).find(|(line, back, _)| back.0.alpha() > 0.0 && is_shown(world, *line));
        marked.map(|(.., children)| world.get::<Text>(children[0]).unwrap().0.clone()).unwrap_or_default()
    }

    pub(crate) fn dials_waiting(&self) -> usize {
        self.dialled.lock().unwrap().len()
    }

    fn tick(&mut self) {
        let now = Micros::from(self.now);
        // Whoever gave a dial up is not waited for.
        self.dialled.lock().unwrap().retain(|(far_end, _)| !far_end.incoming.is_closed());
        for (far_end, dials) in self.dialled.lock().unwrap().extract_if(.., |(_, dials)| !dials.borrow().is_cut) {
            let client = self.room.connect().unwrap();
            let line = |seed| Line::new(Link::default(), seed);
            far_end.incoming.try_send(Signal::Opened).unwrap();
            self.wires.push(Wire { far_end, dials, client, up: line(1), down: line(2) });
        }
        for left in self.wires.extract_if(.., |wire| wire.far_end.incoming.is_closed()) {
            self.room.disconnect(left.client);
        }
        for wire in &mut self.wires {
            wire.turn(self.delay);
            while let Some(bytes) = wire.up.pop(now) {
                self.room.handle_message(wire.client, &bytes).unwrap();
            }
        }
        self.room.admit_all();
        self.room.tick().unwrap();
        for wire in &mut self.wires {
            match self.room.poll_update(wire.client) {
                Outgoing::Nothing => {}
                Outgoing::Message(bytes) => wire.down.push(now, bytes),
                Outgoing::Close(reason) => panic!("closed: {reason}"),
            }
        }
    }

    fn carry(&mut self) {
        if !self.is_running {
            return;
        }
        let now = Micros::from(self.now);
        for wire in &mut self.wires {
            wire.turn(self.delay);
            while let Ok(bytes) = wire.far_end.outgoing.try_recv() {
                wire.up.push(now, &bytes);
            }
            while !self.is_holding
                && let Some(bytes) = wire.down.pop(now)
            {
                wire.far_end.incoming.try_send(Signal::Message(bytes)).unwrap();
            }
        }
    }
}
