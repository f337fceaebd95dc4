// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-00f857b31371f4c03499_bg.wasm.gz", include_bytes!("files/cars-00f857b31371f4c03499_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-6535f745cf397e545faf.js.gz", include_bytes!("files/main-6535f745cf397e545faf.js.gz")),
    ("style-5457564ebe61e5a762e0.css.gz", include_bytes!("files/style-5457564ebe61e5a762e0.css.gz")),
]
