//! [`ScreenedLog`]: a game whose world is what the room of a log published. For a client it is the game of the log: it
//! has the same tables, terms and foresight.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use auspice::authority::{Glance, load_value, save_value};
use auspice::limits::COLUMNS_MAX;
use auspice::{
    Audience, ClientId, Context, EntityId, Events, Fate, Game, Ground, Place, Publisher, Replicate, Step, Terms,
    Viewpoint,
};

use super::log_player::{LogPlayer, ShownTick};
use super::orders::{ORDERS, ScreenOrder};
use super::playhead::Playhead;
use super::viewer::{LogViewer, is_called};
use crate::limits::EVENTS_SHOWN_MAX;
use crate::talk::OrderLines;

/// The ground of the log's own game, by which that foresees.
pub(in crate::operate) struct ScreenedGround<G: Game>(Ground<G>);

impl<G: Game> From<&Terms<G::Rules>> for ScreenedGround<G> {
    fn from(terms: &Terms<G::Rules>) -> Self {
        Self(Ground::new(terms.clone()))
    }
}

/// A log of the game `G` that is shown to its clients.
pub(in crate::operate) struct ScreenedLog<G: Game> {
    /// None where there is no log.
    player: Option<Arc<Mutex<LogPlayer<G>>>>,
    orders: Arc<OrderLines>,
    playhead: Playhead,
    /// The player that is followed by whoever names none.
    usual: Option<String>,
    /// Time for which a tick waits for the log's own.
    patience: Duration,
    /// The tick of the log that is shown.
    shown: Option<ShownTick<G>>,
    /// Memory of the one before.
    spare: Glance,
    viewers: BTreeMap<ClientId, LogViewer>,
    /// The last sentence about what was played otherwise.
    told_difference: Option<String>,
    is_end_told: bool,
}

/// The beginning of what is shown.
#[derive(Clone, Debug, Default)]
pub(in crate::operate) struct ScreenStart {
    /// Ticks that the log has.
    pub(in crate::operate) ticks: (u32, u32),
    /// Ticks a second.
    pub(in crate::operate) tick_hz: u32,
    /// The tick to begin at; the first without one.
    pub(in crate::operate) at: Option<u32>,
    /// Recorded time by real time; 1 without.
    pub(in crate::operate) speed: Option<f64>,
    /// The player to follow for whoever names none.
    pub(in crate::operate) follow: Option<String>,
    /// Time for which a tick waits for the log's own.
    pub(in crate::operate) patience: Duration,
}

impl<G: Game> ScreenedLog<G> {
    /// The log that `player` plays, for whoever says such lines.
    pub(in crate::operate) fn of(
        player: Arc<Mutex<LogPlayer<G>>>,
        orders: Arc<OrderLines>,
        start: &ScreenStart,
    ) -> Self {
        let mut playhead = Playhead::new(start.ticks.0, start.ticks.1, start.tick_hz);
        playhead.seek(start.at.unwrap_or(start.ticks.0).into());
        start.speed.into_iter().for_each(|speed| playhead.set_speed(speed));
        orders.ask_pace(playhead.pace_percent());
        let (usual, patience) = (start.follow.clone(), start.patience);
        Self { player: Some(player), playhead, usual, patience, ..Self::blank(orders) }
    }

    /// The tick of the log that is shown.
    #[cfg(test)]
    pub(super) fn shown_tick(&self) -> Option<u32> {
        self.shown.as_ref().map(|shown| shown.glance.tick.0)
    }

    /// The point from which a client sees.
    #[cfg(test)]
    pub(super) fn centre_of(&self, client: ClientId) -> Option<Place> {
        self.viewers.get(&client)?.centre
    }

    /// An empty world.
    fn blank(orders: Arc<OrderLines>) -> Self {
        Self {
            player: None,
            orders,
            playhead: Playhead::new(0, 0, 1),
            usual: None,
            patience: Duration::ZERO,
            shown: None,
            spare: Glance::default(),
            viewers: BTreeMap::new(),
            told_difference: None,
            is_end_told: false,
        }
    }

    /// 1. Does what was asked for.
    fn obey(&mut self) {
        let orders = Arc::clone(&self.orders);
        while let Some((client, line)) = orders.next_order() {
            match ScreenOrder::parse(&line) {
                Ok(ScreenOrder::Follow(wanted)) => orders.answer(Some(client), self.follow(client, wanted)),
                Ok(ScreenOrder::Tell) => orders.answer(Some(client), self.playhead.to_string()),
                Ok(order) => {
                    self.turn(&order);
                    orders.answer(None, self.playhead.to_string());
                }
                Err(why) => orders.answer(Some(client), why),
            }
        }
    }

    fn turn(&mut self, order: &ScreenOrder) {
        let playhead = &mut self.playhead;
        self.is_end_told = false;
        match *order {
            ScreenOrder::Pause => playhead.pause(true),
            ScreenOrder::Play => playhead.pause(false),
            ScreenOrder::Speed(speed) => playhead.set_speed(speed),
            ScreenOrder::SeekBy(seconds) => playhead.seek_by(playhead.ticks_in(seconds)),
            ScreenOrder::SeekTo(seconds) => playhead.seek_seconds(seconds),
            ScreenOrder::TickBy(ticks) => playhead.seek_by(ticks),
            ScreenOrder::TickTo(tick) => playhead.seek(tick),
            ScreenOrder::Follow(_) | ScreenOrder::Tell => {}
        }
    }

    /// Lets a client follow a player from now on. What it is told of that.
    fn follow(&mut self, client: ClientId, wanted: Option<String>) -> String {
        let wanted = wanted.or_else(|| self.usual.clone());
        let Some(viewer) = self.viewers.get_mut(&client) else { return "You are not here yet.".into() };
        viewer.wants.clone_from(&wanted);
        let players = self.shown.iter().flat_map(|shown| &shown.glance.players);
        let mut called = players.filter(|player| wanted.as_deref().is_none_or(|wanted| is_called(player, wanted)));
        match (called.next(), wanted) {
            (_, None) => "You follow whoever is there.".into(),
            (Some(player), Some(_)) => format!("You follow {}.", player.name),
            (None, Some(wanted)) => format!("You follow {wanted}, who is not there just now."),
        }
    }

    /// 2. Takes the log's next tick, if it is there, and asks for the one after it. Whether another one is shown.
    fn go_on(&mut self) -> bool {
        let Some(player) = self.player.clone() else { return false };
        // It is right after any panic: a tick that was asked for comes.
        let mut player = player.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = player.take(self.patience);
        let is_new = matches!(taken, Some(Ok(_)));
        match taken {
            Some(Ok(shown)) => self.show(shown),
            Some(Err(why)) => {
                self.playhead.pause(true);
                self.orders.answer(None, format!("The log cannot be played any further: {why}"));
            }
            None => {}
        }
        // Nobody misses anything.
        let is_seen = self.shown.is_none() || !self.viewers.is_empty();
        if is_seen
            && !player.is_asked()
            && let Some(next) = self.playhead.next()
        {
            player.ask(next, std::mem::take(&mut self.spare));
        }
        is_new
    }

    fn show(&mut self, shown: ShownTick<G>) {
        self.playhead.arrived(shown.glance.tick.0);
        if shown.difference.is_some() && shown.difference != self.told_difference {
            self.told_difference.clone_from(&shown.difference);
            shown.difference.iter().for_each(|what| self.orders.answer(None, what.clone()));
        }
        if let Some(before) = self.shown.replace(shown) {
            self.spare = before.glance;
        }
        if self.playhead.is_at_end() && !std::mem::replace(&mut self.is_end_told, true) {
            self.orders.answer(None, self.playhead.to_string());
        }
    }

    /// 3. Every client looks at it from where it follows somebody.
    fn look(&mut self) {
        let Some(shown) = &self.shown else { return };
        for viewer in self.viewers.values_mut() {
            viewer.look(&shown.glance.players, || middle::<G>(&shown.glance));
        }
    }

    /// 4. Tells what was told: to one player what is for whoever follows it.
    fn tell(&mut self, events: &mut Events<G::Event>) {
        let Some(shown) = &mut self.shown else { return };
        let viewers = &self.viewers;
        let followers = |player| {
            viewers.iter().filter(move |(_, viewer)| viewer.follows == Some(player)).map(|(client, _)| *client)
        };
        for (audience, event) in shown.events.drain().take(EVENTS_SHOWN_MAX) {
            match audience {
                Audience::All => events.send(Audience::All, event),
                // There is a place for one. Others who follow the same player are told where they see it.
                Audience::Near(entity, also) => {
                    events.send(Audience::Near(entity, also.and_then(|player| followers(player).next())), event);
                }
                Audience::One(player) => {
                    let mut saved = Vec::new();
                    save_value(&event, &mut saved);
                    for client in followers(player) {
                        load_value(&saved).into_iter().for_each(|event| events.send(Audience::One(client), event));
                    }
                }
            }
        }
    }

    /// 5. Tells whom each follows, if the game has a word for it.
    fn tell_followed(&mut self, events: &mut Events<G::Event>) {
        for (client, viewer) in &mut self.viewers {
            let event = viewer.news().and_then(G::watched_event);
            event.into_iter().for_each(|event| events.send(Audience::One(*client), event));
        }
    }
}

/// All entities that are published in a tick of the log, with labels.
pub(super) fn each_entity<G: Game>(glance: &Glance) -> impl Iterator<Item = (EntityId, G::Entity, &[u8])> {
    glance.kinds.iter().enumerate().flat_map(|(kind, of_kind)| {
        let width = of_kind.columns.len() / of_kind.ids.len().max(1);
        of_kind.ids.iter().enumerate().map(move |(at, &id)| {
            let mut row = [0; COLUMNS_MAX];
            row[..width].copy_from_slice(&of_kind.columns[at * width..][..width]);
            (id, G::Entity::read_row(kind, &row), of_kind.label(at))
        })
    })
}

/// The middle of all that is somewhere.
fn middle<G: Game>(glance: &Glance) -> Option<Place> {
    let places = each_entity::<G>(glance).filter_map(|(_, entity, _)| G::place(&entity));
    let (count, sum) = places.fold((0.0, Place::default().0), |(count, sum), place| (count + 1.0, sum + place.0));
    (count > 0.0).then(|| Place(sum / count))
}

impl<G: Game> Game for ScreenedLog<G> {
    const NAME: &'static str = G::NAME;
    const TICK_HZ: u32 = G::TICK_HZ;
    const INTEREST_RADIUS: f32 = G::INTEREST_RADIUS;
    const PATIENCE_MILLIS: u32 = G::PATIENCE_MILLIS;
    const UNITS_PER_METRE: f32 = G::UNITS_PER_METRE;
    /// No time to go back: nobody does anything.
    const REWIND_MILLIS: u32 = 0;

    type Rules = G::Rules;
    type Level = ScreenedGround<G>;
    type Input = G::Input;
    type Entity = G::Entity;
    type Command = G::Command;
    type Event = G::Event;

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self::blank(Arc::new(OrderLines::new()))
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.viewers.insert(client, LogViewer { wants: self.usual.clone(), ..LogViewer::default() });
        self.orders.answer(Some(client), ORDERS.into());
        self.orders.answer(Some(client), self.playhead.to_string());
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.viewers.remove(&client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.obey();
        let is_new = self.go_on();
        self.look();
        if is_new {
            self.tell(step.events);
        }
        self.tell_followed(step.events);
        self.orders.ask_pace(self.playhead.pace_percent());
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        let shown = self.shown.iter().flat_map(|shown| each_entity::<G>(&shown.glance));
        shown.for_each(|(id, entity, label)| out.put_exactly(id, &entity, label));
        for (&client, viewer) in &self.viewers {
            viewer.centre.into_iter().for_each(|centre| out.viewpoint(client, Viewpoint::at(centre)));
        }
    }

    fn place(entity: &Self::Entity) -> Option<Place> {
        G::place(entity)
    }

    fn advance(ground: &Ground<Self>, entity: &mut Self::Entity) -> Fate {
        G::advance(&ground.level.0, entity)
    }
}
