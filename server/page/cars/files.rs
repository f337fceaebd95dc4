// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-8b82b7483855ff12f232_bg.wasm.gz", include_bytes!("files/cars-8b82b7483855ff12f232_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-645437e9a63fcccd9f11.js.gz", include_bytes!("files/main-645437e9a63fcccd9f11.js.gz")),
    ("style-2dcf97388b3c5253780e.css.gz", include_bytes!("files/style-2dcf97388b3c5253780e.css.gz")),
]
