//! The board's client for pages: what every game exports, and nothing else.

auspice_web::export!(auspice_board::Board);
