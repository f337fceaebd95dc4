//! What a player is told of the game: the one place for every help screen. Which key does what is the client's to say.

/// A thing to know: its name, and a sentence.
pub type Topic = (&'static str, &'static str);

/// What a player can do, in the order of [`Input`](crate::Input)'s fields and [`Command`](crate::Command)'s variants.
pub const ACTIONS: [Topic; 7] = [
    ("Turn", "Left and right. The nose is where all weapons point."),
    ("Thrust", "Burns the engine. Without it the ship slows down by itself."),
    ("Gun", "Bolts that fly straight: aim ahead of what moves. Cheap; hold to keep firing."),
    ("Laser", "Hits at once what you see under your nose. Takes a third of your energy."),
    ("Missile", "Slow, follows the ship ahead of your nose, takes half of your energy. Can be shot down or led into a wall."),
    ("Chat", "A line to everyone."),
    ("Watch", "Leaves the ship and follows another, or looks around. Play takes you back."),
];

/// What there is in the world.
pub const THINGS: [Topic; 8] = [
    ("Round", "Three minutes. Most ships destroyed wins; deaths break ties. Then a break, in which nothing hurts."),
    ("Energy", "All weapons draw on it; it comes back by itself."),
    ("Death", "Two and a half seconds, then a new ship with a moment's shield."),
    ("Repair", "Half of your health."),
    ("Shield", "Nothing hurts you for eight seconds."),
    ("Rapid fire", "The gun reloads twice as fast at half the energy, for eight seconds."),
    ("Charge", "Full energy, and twice the recharge for eight seconds."),
    ("Asteroids and walls", "Both stop shots. Asteroids hurt the harder you hit them; walls only throw you back."),
];
