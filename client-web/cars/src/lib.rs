//! The client of the game of cars for pages: what every game exports, and nothing else.

auspice_web::export!(auspice_cars::Cars);
