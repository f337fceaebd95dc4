//! The demo game's client for pages. Beside what every game exports it tells where the walls are, and where a laser's
//! ray goes: both follow from rules that JavaScript does not know.

use auspice_demo::{Demo, Entity, STEPS_PER_UNIT, laser_ray};

auspice_web::export!(Demo);

#[wasm_bindgen]
impl Client {
    /// Two corners of each wall in units, low and high, one after the other: four numbers for a wall.
    pub fn walls(&self) -> Vec<f32> {
        let ground = self.0.replica().and_then(|replica| replica.ground());
        let walls = ground.into_iter().flat_map(|ground| ground.level.walls.iter());
        walls.flat_map(|wall| [wall.low.x, wall.low.y, wall.high.x, wall.high.y].map(units)).collect()
    }

    /// Start and end of the ray, in units, of the laser of the ship in `slot` as it is held; nothing where there is
    /// none.
    pub fn ray(&self, slot: u32) -> Vec<f32> {
        let Some(replica) = self.0.replica() else { return Vec::new() };
        let held = replica.entities().find(|held| held.id.slot == slot).map(|held| held.entity);
        let (Some(ground), Some(Entity::Ship(ship))) = (replica.ground(), held) else { return Vec::new() };
        let (from, to) = laser_ray(&ground.level, &ship);
        [from.x, from.y, to.x, to.y].map(units).into()
    }
}

fn units(steps: i32) -> f32 {
    steps as f32 / STEPS_PER_UNIT as f32
}
