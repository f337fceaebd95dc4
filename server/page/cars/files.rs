// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-792b933035c510cb8059_bg.wasm.gz", include_bytes!("files/cars-792b933035c510cb8059_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-c07f843b5c2d8869009e.js.gz", include_bytes!("files/main-c07f843b5c2d8869009e.js.gz")),
    ("style-5457564ebe61e5a762e0.css.gz", include_bytes!("files/style-5457564ebe61e5a762e0.css.gz")),
]
