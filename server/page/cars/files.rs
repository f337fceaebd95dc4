// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-c74672d3f7422192b767_bg.wasm.gz", include_bytes!("files/cars-c74672d3f7422192b767_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-6603102f946419fcb271.js.gz", include_bytes!("files/main-6603102f946419fcb271.js.gz")),
    ("style-5457564ebe61e5a762e0.css.gz", include_bytes!("files/style-5457564ebe61e5a762e0.css.gz")),
]
