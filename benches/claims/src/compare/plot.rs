//! The pictures of the page, as SVG.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A picture of one of three kinds.
#[derive(Clone, Debug)]
pub enum Plot {
    /// Bars, for how much each of several things takes.
    Bars(Bars),
    /// Lines, for how several things grow with one.
    Lines(Lines),
    /// A histogram, for how two things are spread.
    Histogram(Histogram),
}

/// Bars that lie, the longest at the top; the last one is ours.
#[derive(Clone, Debug)]
pub struct Bars {
    /// Name of the file.
    pub file: &'static str,
    /// Above the picture.
    pub title: String,
    /// Below the horizontal axis: what is measured, with its unit.
    pub x: &'static str,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// A bar of [`Bars`].
#[derive(Clone, Debug)]
pub struct Bar {
    /// Beside it.
    pub name: String,
    /// Its length.
    pub value: f64,
}

/// Lines over a logarithmic axis.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Name of the file.
    pub file: &'static str,
    /// Above the picture.
    pub title: String,
    /// Below the horizontal axis.
    pub x: &'static str,
    /// Beside the vertical one.
    pub y: &'static str,
    /// The lines, ours first.
    pub lines: Vec<Line>,
}

/// A line of [`Lines`].
#[derive(Clone, Debug)]
pub struct Line {
    /// In the legend.
    pub name: &'static str,
    /// Points from left to right.
    pub points: Vec<(f64, f64)>,
}

/// Two distributions over the same bins.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// Name of the file.
    pub file: &'static str,
    /// Above the picture.
    pub title: String,
    /// Below the horizontal axis.
    pub x: &'static str,
    /// Beside the vertical one.
    pub y: &'static str,
    /// In the legend, ours first.
    pub names: [&'static str; 2],
    /// Width of a bin.
    pub width: f64,
    /// Bins from left to right.
    pub bins: Vec<Bin>,
}

/// A bin of [`Histogram`].
#[derive(Clone, Copy, Debug)]
pub struct Bin {
    /// Its lower end.
    pub from: f64,
    /// Share that falls into the bin, of each.
    pub shares: [f64; 2],
}

const SIZE: (u32, u32) = (860, 420);
const FONT: &str = "DejaVu Sans, Helvetica, Arial, sans-serif";
const INK: RGBColor = RGBColor(0x24, 0x2a, 0x33);
const FAINT: RGBColor = RGBColor(0xe3, 0xe6, 0xea);
/// Ours.
const BLUE: RGBColor = RGBColor(0x1f, 0x6f, 0xb4);
/// Colour of the thing that stands beside it.
const ORANGE: RGBColor = RGBColor(0xe0, 0x8a, 0x1e);
const GREY: RGBColor = RGBColor(0xa9, 0xb2, 0xbd);

type Drawn = Result<(), Box<dyn std::error::Error>>;

impl Plot {
    /// Name of its file.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        match self {
            Self::Bars(bars) => bars.file,
            Self::Lines(lines) => lines.file,
            Self::Histogram(histogram) => histogram.file,
        }
    }

    /// Above it.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Bars(bars) => &bars.title,
            Self::Lines(lines) => &lines.title,
            Self::Histogram(histogram) => &histogram.title,
        }
    }

    /// The picture.
    ///
    /// # Errors
    /// Where there is nothing in it to be seen: a plain sentence.
    pub fn svg(&self) -> Result<String, String> {
        let mut svg = String::new();
        let drawn = match self {
            Self::Bars(bars) => bars.draw(&mut svg),
            Self::Lines(lines) => lines.draw(&mut svg),
            Self::Histogram(histogram) => histogram.draw(&mut svg),
        };
        drawn.map_err(|error| format!("{} cannot be drawn: {error}", self.file()))?;
        Ok(svg)
    }
}

fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

/// The number, as short as a number of an axis can be.
fn short(value: &f64) -> String {
    // What an axis counts up to by tenths is not quite a tenth.
    format!("{}", (value * 1e6).round() / 1e6)
}

fn above(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::MIN_POSITIVE, f64::max) * 1.12
}

impl Bars {
    fn draw(&self, svg: &mut String) -> Drawn {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (longest, rows) = (above(self.bars.iter().map(|bar| bar.value)), self.bars.len());
        let mut chart = ChartBuilder::on(&root)
            .caption(&self.title, text(20))
            .margin(18)
            .margin_right(40)
            .x_label_area_size(48)
            .y_label_area_size(270)
            .build_cartesian_2d(0.0..longest, 0.0..rows as f64)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .axis_style(GREY)
            .x_desc(self.x)
            .x_labels(8)
            .x_label_formatter(&|x| format!("{x:.0}"))
            .label_style(text(13))
            .axis_desc_style(text(14))
            .draw()?;
        for (row, bar) in self.bars.iter().enumerate() {
            let (low, high) = ((rows - row) as f64 - 0.8, (rows - row) as f64 - 0.2);
            let is_ours = row + 1 == rows;
            let colour = if is_ours { BLUE } else { GREY };
            chart.draw_series([Rectangle::new([(0.0, low), (bar.value, high)], colour.filled())])?;
            let middle = f64::midpoint(low, high);
            let beside = text(14).pos(Pos::new(HPos::Right, VPos::Center));
            chart.draw_series([EmptyElement::at((0.0, middle)) + Text::new(bar.name.clone(), (-10, 0), beside)])?;
            let behind = text(14).pos(Pos::new(HPos::Left, VPos::Center));
            let value = super::figure::digits(bar.value);
            chart.draw_series([EmptyElement::at((bar.value, middle)) + Text::new(value, (7, 0), behind)])?;
        }
        root.present()?;
        Ok(())
    }
}

impl Lines {
    fn draw(&self, svg: &mut String) -> Drawn {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let points = || self.lines.iter().flat_map(|line| &line.points).filter(|(_, y)| y.is_finite());
        let ends = || points().map(|(x, _)| *x);
        let (left, right) = (ends().fold(f64::MAX, f64::min), ends().fold(1.0, f64::max));
        let mut chart = ChartBuilder::on(&root)
            .caption(&self.title, text(20))
            .margin(18)
            .x_label_area_size(48)
            .y_label_area_size(62)
            .build_cartesian_2d((left / 1.15..right * 1.15).log_scale(), 0.0..above(points().map(|(_, y)| *y)))?;
        let ticks: Vec<f64> =
            self.lines.first().map(|line| line.points.iter().map(|(x, _)| *x).collect()).unwrap_or_default();
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .axis_style(GREY)
            .x_desc(self.x)
            .y_desc(self.y)
            // A logarithmic axis would be labelled by powers of ten: below stands what was measured.
            .x_labels(0)
            .x_label_formatter(&|_| String::new())
            .y_labels(8)
            .y_label_formatter(&short)
            .label_style(text(13))
            .axis_desc_style(text(14))
            .draw()?;
        for x in ticks {
            let below = text(13).pos(Pos::new(HPos::Center, VPos::Top));
            chart.draw_series([EmptyElement::at((x, 0.0)) + Text::new(format!("{x:.0}"), (0, 7), below)])?;
        }
        for (line, colour) in self.lines.iter().zip([BLUE, ORANGE]) {
            let points: Vec<_> = line.points.iter().copied().filter(|(_, y)| y.is_finite()).collect();
            let series = chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(3)))?;
            series
                .label(line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], colour.stroke_width(3)));
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, colour.filled())))?;
        }
        legend(&mut chart)?;
        root.present()?;
        Ok(())
    }
}

impl Histogram {
    fn draw(&self, svg: &mut String) -> Drawn {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let right = self.bins.last().map_or(1.0, |bin| bin.from + self.width);
        let most = above(self.bins.iter().flat_map(|bin| bin.shares));
        let mut chart = ChartBuilder::on(&root)
            .caption(&self.title, text(20))
            .margin(18)
            .x_label_area_size(48)
            .y_label_area_size(62)
            .build_cartesian_2d(0.0..right, 0.0..most)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .axis_style(GREY)
            .x_desc(self.x)
            .y_desc(self.y)
            .x_label_formatter(&short)
            .y_label_formatter(&short)
            .label_style(text(13))
            .axis_desc_style(text(14))
            .draw()?;
        // The floor as an area, ours as a line before it: neither hides the other.
        let bar = |bin: &Bin| {
            Rectangle::new([(bin.from, 0.0), (bin.from + self.width, bin.shares[1])], ORANGE.mix(0.55).filled())
        };
        chart
            .draw_series(self.bins.iter().filter(|bin| bin.shares[1] > 0.0).map(bar))?
            .label(self.names[1])
            .legend(|(x, y)| Rectangle::new([(x, y - 6), (x + 22, y + 6)], ORANGE.mix(0.55).filled()));
        let steps =
            self.bins.iter().flat_map(|bin| [(bin.from, bin.shares[0]), (bin.from + self.width, bin.shares[0])]);
        chart
            .draw_series(LineSeries::new(steps, BLUE.stroke_width(3)))?
            .label(self.names[0])
            .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], BLUE.stroke_width(3)));
        legend(&mut chart)?;
        root.present()?;
        Ok(())
    }
}

fn legend<'a, Backend, X, Y>(chart: &mut ChartContext<'a, Backend, Cartesian2d<X, Y>>) -> Drawn
where
    Backend: DrawingBackend + 'a,
    Backend::ErrorType: 'static,
    X: Ranged,
    Y: Ranged,
{
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .margin(12)
        .background_style(WHITE.mix(0.85))
        .border_style(FAINT)
        .label_font(text(14))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_name_what_they_show() {
        let bars = vec![Bar { name: "floats".into(), value: 744.0 }, Bar { name: "Auspice".into(), value: 4.2 }];
        let svg = Plot::Bars(Bars { file: "a.svg", title: "Payload".into(), x: "bytes", bars }).svg().unwrap();
        for word in ["<svg", "Payload", "bytes", "floats", "744", "Auspice", "4.20"] {
            assert!(svg.contains(word), "{word} is missing");
        }
        let lines = vec![
            Line { name: "Auspice", points: vec![(250.0, 5.0), (1000.0, f64::NAN), (2000.0, 4.0)] },
            Line { name: "floor", points: vec![(250.0, 4.0), (2000.0, 3.5)] },
        ];
        let svg =
            Plot::Lines(Lines { file: "b.svg", title: "Time".into(), x: "clients", y: "us", lines }).svg().unwrap();
        for word in ["Time", "clients", "us", "floor", "2000"] {
            assert!(svg.contains(word), "{word} is missing");
        }
        let bins = vec![Bin { from: 0.0, shares: [40.0, 0.0] }, Bin { from: 1.0, shares: [60.0, 100.0] }];
        let names = ["ours", "theirs"];
        let histogram = Histogram { file: "c.svg", title: "Ticks".into(), x: "ms", y: "%", names, width: 1.0, bins };
        let svg = Plot::Histogram(histogram).svg().unwrap();
        for word in ["Ticks", "ms", "theirs"] {
            assert!(svg.contains(word), "{word} is missing");
        }
    }

    #[test]
    fn a_picture_of_nothing_is_no_panic() {
        let _ = Plot::Lines(Lines { file: "", title: String::new(), x: "", y: "", lines: Vec::new() }).svg();
        let _ = Plot::Bars(Bars { file: "", title: String::new(), x: "", bars: Vec::new() }).svg();
    }
}
