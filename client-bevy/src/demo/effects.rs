//! Particles: short-lived sprites for everything that burns, breaks or flashes.

use auspice::Rng;
use bevy::prelude::*;

use super::art::Art;
use super::camera::View;
use super::order::Order;

/// More particles than this at once are not told apart, and cost frames.
const PARTICLES_MAX: usize = 900;

/// Above everything in the world.
const LAYER: f32 = 8.0;

pub(crate) struct EffectsPlugin;

impl Plugin for EffectsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Effects>().add_systems(Update, (age, burst).chain().in_set(Order::Effects));
    }
}

/// Something to be seen once.
pub(crate) enum Burst {
    /// A shot left a gun.
    Muzzle { place: Vec2, colour: Color, is_own: bool },
    /// A shot ended on something.
    Impact { place: Vec2, colour: Color },
    /// A ship was harmed.
    Hit { place: Vec2 },
    /// A ship was destroyed.
    Blast { place: Vec2, velocity: Vec2 },
    /// A ship returned.
    Arrival { place: Vec2 },
    /// An engine burns.
    Exhaust { place: Vec2, velocity: Vec2, colour: Color },
    /// A laser's ray.
    Beam { from: Vec2, to: Vec2, colour: Color },
    /// A missile left its ship.
    Launch { place: Vec2 },
    /// A wreck drifts.
    Smoke { place: Vec2, velocity: Vec2 },
}

/// Effects to be seen from this frame on.
#[derive(Resource)]
pub(crate) struct Effects {
    waiting: Vec<(Entity, Burst)>,
    rng: Rng,
}

impl Default for Effects {
    fn default() -> Self {
        Self { waiting: Vec::new(), rng: Rng::new(1) }
    }
}

impl Effects {
    /// Shows `burst` to a session.
    pub(crate) fn add(&mut self, session: Entity, burst: Burst) {
        if self.waiting.len() < PARTICLES_MAX {
            self.waiting.push((session, burst));
        }
    }

    /// Effects that wait to be seen, and by whom.
    #[cfg(feature = "audio")]
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &(Entity, Burst)> {
        self.waiting.iter()
    }

    /// A random number from 0 to 1.
    fn chance(&mut self) -> f32 {
        self.rng.below(10_000) as f32 / 10_000.0
    }

    fn direction(&mut self) -> Vec2 {
        Vec2::from_angle(self.chance() * std::f32::consts::TAU)
    }
}

/// A sprite that moves, changes its size, fades, and ends.
#[derive(Component, Clone, Copy)]
pub(crate) struct Particle {
    velocity: Vec2,
    /// Share of its speed that it loses in a second.
    drag: f32,
    age: f32,
    life: f32,
    size: (f32, f32),
    colour: Color,
    /// Length for each unit a second: streaks.
    stretch: f32,
    /// A ray's way from end to end.
    way: Vec2,
}

impl Particle {
    const fn new(colour: Color, life: f32, size: (f32, f32)) -> Self {
        Self { velocity: Vec2::ZERO, drag: 0.0, age: 0.0, life, size, colour, stretch: 0.0, way: Vec2::ZERO }
    }

    const fn moving(mut self, velocity: Vec2, drag: f32) -> Self {
        (self.velocity, self.drag) = (velocity, drag);
        self
    }

    const fn along(mut self, way: Vec2) -> Self {
        self.way = way;
        self
    }

    const fn streaking(mut self, stretch: f32) -> Self {
        self.stretch = stretch;
        self
    }
}

fn age(
    time: Res<Time>,
    mut particles: Query<(Entity, &mut Particle, &mut Sprite, &mut Transform)>,
    mut commands: Commands,
) {
    let seconds = time.delta_secs();
    for (entity, mut particle, mut sprite, mut transform) in &mut particles {
        particle.age += seconds;
        let share = particle.age / particle.life;
        if share >= 1.0 {
            commands.entity(entity).despawn();
            continue;
        }
        let slowed = (-particle.drag * seconds).exp();
        particle.velocity *= slowed;
        transform.translation += (particle.velocity * seconds).extend(0.0);
        show(&particle, share, &mut sprite, &mut transform);
    }
}

fn show(particle: &Particle, share: f32, sprite: &mut Sprite, transform: &mut Transform) {
    let size = particle.size.0 + (particle.size.1 - particle.size.0) * (1.0 - (1.0 - share).powi(2));
    let length = particle.velocity.length() * particle.stretch;
    sprite.custom_size =
        Some(Vec2::new(if particle.way == Vec2::ZERO { size + length } else { particle.way.length() }, size));
    sprite.color = particle.colour.with_alpha(particle.colour.alpha() * (1.0 - share).powf(1.4));
    if length > 0.0 || particle.way != Vec2::ZERO {
        transform.rotation = Quat::from_rotation_z((particle.velocity + particle.way).to_angle());
    }
}

/// Turns what happened into particles.
fn burst(
    art: Res<Art>,
    mut effects: ResMut<Effects>,
    mut views: Query<&mut View>,
    old: Query<(), With<Particle>>,
    mut commands: Commands,
) {
    let mut room = PARTICLES_MAX.saturating_sub(old.iter().len());
    for (session, burst) in std::mem::take(&mut effects.waiting) {
        let Ok(mut view) = views.get_mut(session) else { continue };
        let mut put = |image: &Handle<Image>, place: Vec2, particle: Particle| {
            if room == 0 {
                return;
            }
            room -= 1;
            let (mut sprite, mut transform) =
                (Sprite::from_image(image.clone()), Transform::from_translation(place.extend(LAYER)));
            show(&particle, 0.0, &mut sprite, &mut transform);
            commands.spawn((sprite, transform, particle, ChildOf(session)));
        };
        spread(burst, &mut effects, &art, &mut view, &mut put);
    }
}

/// The particles of a burst, which may shake the view.
fn spread(
    burst: Burst,
    effects: &mut Effects,
    art: &Art,
    view: &mut View,
    put: &mut impl FnMut(&Handle<Image>, Vec2, Particle),
) {
    match burst {
        Burst::Muzzle { place, colour, is_own } => {
            if is_own {
                view.shake(place, 0.05);
            }
            let light = colour.mix(&Color::WHITE, 0.5).with_alpha(if is_own { 0.8 } else { 0.5 });
            put(&art.glow, place, Particle::new(light, 0.09, (34.0, 12.0)));
        }
        Burst::Impact { place, colour } => {
            put(&art.glow, place, Particle::new(colour.mix(&Color::WHITE, 0.5).with_alpha(0.9), 0.18, (20.0, 58.0)));
            for _ in 0..7 {
                let velocity = effects.direction() * (60.0 + 170.0 * effects.chance());
                let life = 0.2 + 0.25 * effects.chance();
                let spark = Particle::new(colour.mix(&Color::WHITE, 0.4), life, (6.0, 2.0));
                put(&art.spark, place, spark.moving(velocity, 4.0).streaking(0.07));
            }
        }
        Burst::Hit { place } => {
            view.shake(place, 0.18);
            put(&art.glow, place, Particle::new(Color::srgba(1.0, 0.8, 0.5, 0.8), 0.22, (30.0, 90.0)));
        }
        Burst::Blast { place, velocity } => {
            view.shake(place, 0.9);
            blast(effects, art, place, velocity, put);
        }
        Burst::Beam { from, to, colour } => beam(effects, art, (from, to), colour, put),
        Burst::Arrival { place } => {
            put(&art.ring, place, Particle::new(Color::srgba(0.6, 0.85, 1.0, 0.9), 0.6, (130.0, 20.0)));
            put(&art.glow, place, Particle::new(Color::srgba(0.6, 0.85, 1.0, 0.8), 0.5, (20.0, 150.0)));
        }
        Burst::Exhaust { place, velocity, colour } => {
            let jitter = effects.direction() * 14.0;
            let hot = Color::srgb(1.0, 0.62, 0.25).mix(&colour, 0.55).with_alpha(0.34);
            let life = 0.35 + 0.3 * effects.chance();
            put(&art.glow, place, Particle::new(hot, life, (21.0, 7.0)).moving(velocity + jitter, 2.5));
        }
        Burst::Launch { place } => {
            put(&art.glow, place, Particle::new(Color::srgba(1.0, 0.6, 0.4, 0.8), 0.3, (24.0, 80.0)));
        }
        Burst::Smoke { place, velocity } => {
            let jitter = effects.direction() * 12.0;
            let grey = Color::srgba(0.5, 0.45, 0.45, 0.28);
            put(&art.glow, place, Particle::new(grey, 0.9, (18.0, 46.0)).moving(velocity + jitter, 1.0));
        }
    }
}

/// A ray, a flash at either end, and motes along it.
fn beam(
    effects: &mut Effects,
    art: &Art,
    (from, to): (Vec2, Vec2),
    colour: Color,
    put: &mut impl FnMut(&Handle<Image>, Vec2, Particle),
) {
    let way = to - from;
    for (tint, life, width) in [(colour.with_alpha(0.9), 0.42, (30.0, 8.0)), (Color::WHITE, 0.2, (13.0, 3.0))] {
        put(&art.beam, (from + to) / 2.0, Particle::new(tint, life, width).along(way));
    }
    put(&art.glow, from, Particle::new(colour.mix(&Color::WHITE, 0.6).with_alpha(0.9), 0.2, (60.0, 20.0)));
    put(&art.glow, to, Particle::new(colour.mix(&Color::WHITE, 0.4).with_alpha(0.8), 0.35, (30.0, 70.0)));
    for _ in 0..(way.length() / 22.0) as u32 {
        let place = from + way * effects.chance();
        let velocity = effects.direction() * (8.0 + 26.0 * effects.chance());
        let mote = Particle::new(colour.mix(&Color::WHITE, 0.5), 0.35 + 0.4 * effects.chance(), (4.0, 1.0));
        put(&art.spark, place, mote.moving(velocity, 1.5));
    }
}

/// A flash, a shockwave, fire, sparks and embers.
fn blast(
    effects: &mut Effects,
    art: &Art,
    place: Vec2,
    drift: Vec2,
    put: &mut impl FnMut(&Handle<Image>, Vec2, Particle),
) {
    put(&art.glow, place, Particle::new(Color::srgba(1.0, 0.95, 0.85, 1.0), 0.28, (120.0, 300.0)));
    put(&art.ring, place, Particle::new(Color::srgba(1.0, 0.75, 0.45, 0.85), 0.55, (20.0, 270.0)));
    for _ in 0..12 {
        let velocity = drift * 0.4 + effects.direction() * 110.0 * effects.chance();
        let (life, size) = (0.45 + 0.5 * effects.chance(), 34.0 + 34.0 * effects.chance());
        let fire = Color::srgba(1.0, 0.35 + 0.35 * effects.chance(), 0.12, 0.75);
        put(
            &art.glow,
            place + effects.direction() * 9.0,
            Particle::new(fire, life, (size, size * 0.3)).moving(velocity, 2.2),
        );
    }
    for _ in 0..26 {
        let velocity = drift * 0.6 + effects.direction() * (90.0 + 330.0 * effects.chance());
        let (life, heat) = (0.4 + 0.7 * effects.chance(), effects.chance());
        let spark = Particle::new(Color::srgb(1.0, 0.6 + 0.35 * heat, 0.3 + 0.5 * heat), life, (7.0, 2.0));
        put(&art.spark, place, spark.moving(velocity, 2.6).streaking(0.06));
    }
}
