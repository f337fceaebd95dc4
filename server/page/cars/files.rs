// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-58456e8e46f7b9a653ce_bg.wasm.gz", include_bytes!("files/cars-58456e8e46f7b9a653ce_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-9fc088b40b6b779aab90.js.gz", include_bytes!("files/main-9fc088b40b6b779aab90.js.gz")),
    ("style-5457564ebe61e5a762e0.css.gz", include_bytes!("files/style-5457564ebe61e5a762e0.css.gz")),
]
