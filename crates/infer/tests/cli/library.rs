//! The library without the program: what a server does.

use crate::fixture::{Fixture, RUN, digit_png};
use crate::many::pictures;
use data::{Content, DecodeLimits, Record};
use infer::input::{Input, Unusable};
use infer::output::{Format, Output, Row, Sink};
use infer::predict::{Done, Ending, Job, Models, Recipient, read_digits};
use infer::prepare::{Decoder, Image};
use infer::stages::Stages;
use infer::{Digits, Error, Length, Stop};
use model::{DeviceChoice, Outputs, Views};
use std::fs;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

#[test]
fn a_picture_in_memory_is_classified() {
    let fixture = Fixture::new();
    fixture.write("a.png", &digit_png(4));
    let models = Models::check(vec![fixture.path(RUN)]).unwrap();
    assert!(models.warnings().is_empty());
    let predictor = models.open(DeviceChoice::Cpu, 16, None).unwrap();
    let decoder = Decoder::new(DecodeLimits::default(), None);
    let input = Input::Record(Record {
        name: "upload".into(),
        content: Content::Picture(digit_png(4)),
        label: None,
        part: data::Part::Unknown,
    });
    let image = decoder.decode(0, input, &Stages::default()).unwrap();
    let logits = predictor.logits_of_images(&[image]).unwrap();
    let temperature = predictor.temperature().unwrap_or_default();
    let row = Row::new("a.png", &temperature.probabilities(&logits), 3);
    let expected = fixture.predict(&["a.png"]).expect(0);
    assert_eq!(format!("a.png: {}\n", row.classes_text(None)), expected);
}

/// What may be in the reading has the logits of all views, the rest those of one.
#[test]
fn numbers_are_read_as_where_every_part_is_read_at_all_views() {
    let (fixture, _) = pictures(Fixture::reading_pairs());
    let open = |views| {
        let models = Models::check(vec![fixture.path(RUN)]).unwrap();
        models.open(DeviceChoice::Cpu, 16, Some(views)).unwrap()
    };
    let (one, three) = (open(Views::One), open(Views::Three));
    let decoder = Decoder::new(DecodeLimits::default(), None).looking_for(Digits::ANY);
    let input = Input::Record(Record {
        name: "upload".into(),
        content: Content::Picture(fs::read(fixture.path("numbers.png")).unwrap()),
        label: None,
        part: data::Part::Unknown,
    });
    let image = decoder.decode(0, input, &Stages::default()).unwrap();
    let pixels = image.for_network().copied().collect::<Vec<_>>().concat();
    let [at_one, at_three] =
        [&one, &three].map(|predictor| predictor.predict(Outputs::All, &pixels).unwrap());
    let found = three
        .logits_of_images(std::slice::from_ref(&image))
        .unwrap();
    let num_logits = three.num_logits(Outputs::All);
    let rows = |logits: &[f32]| -> Vec<Vec<f32>> {
        logits.chunks(num_logits).map(<[f32]>::to_vec).collect()
    };
    let is_near = |one: &[f32], other: &[f32]| {
        let mut both = one.iter().zip(other);
        both.all(|(one, other)| (one - other).abs() < 1e-4)
    };
    let mut num_at_all = 0;
    for ((found, one), three) in rows(&found).iter().zip(rows(&at_one)).zip(rows(&at_three)) {
        num_at_all += usize::from(is_near(found, &three));
        assert!(is_near(found, &three) || is_near(found, &one));
    }
    assert!(num_at_all >= 4, "{num_at_all}");
    let read = |logits| {
        read_digits(
            image.clusters(),
            logits,
            three.temperature().unwrap_or_default(),
            Length::default(),
        )
    };
    assert_eq!(read(&found).text(), read(&at_three).text());
}

/// Bytes that outlive whoever writes them.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes rows, and asks for the end after the first batch.
struct Rows<'a> {
    output: Output<'a, Row>,
    stop: Stop,
}

impl Recipient for Rows<'_> {
    fn take(&mut self, images: &[Image], logits: &[f32]) -> Result<bool, Error> {
        let rows = infer::predict::with_logits(images, logits).map(|(image, own)| {
            let temperature = model::Temperature::default();
            Row::new(&image.path, &temperature.probabilities(own), 1)
        });
        let rows: Vec<Row> = rows.collect();
        self.stop.request();
        self.output.write(&rows)
    }

    fn pass_over(&mut self, _unusable: &Unusable) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn a_job_ends_where_that_is_asked_for() {
    let fixture = Fixture::new();
    fixture.write("digits", &crate::fixture::idx(100));
    let models = Models::check(vec![fixture.path(RUN)]).unwrap();
    let predictor = models.open(DeviceChoice::Cpu, 10, None).unwrap();
    let decoder = Decoder::new(DecodeLimits::default(), None);
    let written = Shared::default();
    let names = data::digit_names();
    let sink = Sink::stream("a buffer", written.clone());
    let stop = Stop::default();
    let mut rows = Rows {
        output: Output::new(sink, Format::Csv, 1, None, &names).unwrap(),
        stop: stop.clone(),
    };
    let mut job = Job::new(&predictor, &decoder).with_stop(stop);
    let ending = job.run(vec![fixture.path("digits")], &mut rows).unwrap();
    assert_eq!(ending, Ending::Stopped);
    let done = Done {
        num_inputs: 10,
        num_pictures: 10,
    };
    assert_eq!(job.done(), done);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 11);
}
