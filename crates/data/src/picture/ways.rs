//! The ways in which a picture of one digit may be seen.
//!
//! Owns which of them are worth a look, and how likely each is before a network says what it makes of it: most
//! pictures can be seen in one way alone.

/// How much less likely it is, in nats, that the rulings along the edges are strokes; that ink is what seems to be
/// paper; and that what looks like a printed line is a stroke.
const EDGES_ARE_STROKES: f32 = 2.0;
/// How much less likely a ruling is one that lies alone along an edge and that ink goes on from.
const EDGE_IS_RULING: f32 = 2.0;
const TURNED: f32 = 2.0;
const LINES_ARE_STROKES: f32 = 0.5;
/// How much less likely it is that a digit that reaches from edge to edge was cut out so.
const FILLED: f32 = 1.0;
/// How much less likely it is that a picture of MNIST's size on black is no image of MNIST's form, centred or not.
pub(super) const IS_NO_FORM: f32 = 1.0;

/// One of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Way {
    pub(super) view: View,
    /// How much less likely it is than the others, in nats.
    pub(super) price: f32,
}

/// What a picture is taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    /// Ink on paper, without what is printed on that.
    #[default]
    Usual,
    /// Ink on blank paper: lines are of the digit.
    WithLines,
    /// The same, and so is what lies along the edges.
    WithEdges,
    /// Ink is what looks more like paper.
    Turned,
    /// Ink that fills the picture from edge to edge, on what more of its border is.
    Filled,
    /// The same, on what less of its border is.
    FilledTurned,
}

impl View {
    pub(super) fn is_turned(self) -> bool {
        matches!(self, Self::Turned | Self::FilledTurned)
    }

    pub(super) fn is_filled(self) -> bool {
        matches!(self, Self::Filled | Self::FilledTurned)
    }
}

/// What was noticed when a picture was seen in the first way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Noticed {
    /// Printed lines were taken away.
    pub(super) took_lines: bool,
    /// Both light and dark might be ink.
    pub(super) may_be_turned: bool,
    /// A digit may fill it from edge to edge.
    pub(super) may_be_filled: bool,
}

impl Way {
    /// The same, less likely by so many nats.
    pub(super) fn dearer(self, nats: f32) -> Self {
        Self {
            price: self.price + nats,
            ..self
        }
    }

    /// Within what seems to be rulings along the edges, of which one may be a stroke; or of all there is.
    pub(super) fn within_rulings(may_be_stroke: bool) -> Self {
        let price = if may_be_stroke { EDGE_IS_RULING } else { 0.0 };
        Self::default().dearer(price)
    }

    /// A tiny picture that its digit fills.
    pub(super) fn filled(view: View) -> Self {
        let price = if view == View::FilledTurned {
            TURNED
        } else {
            0.0
        };
        Self { view, price }
    }

    /// Other ways that are worth a look; where there seem to be rulings along the edges, `rulings` says whether one may be
    /// a stroke.
    pub(super) fn others(noticed: Noticed, rulings: Option<bool>) -> Vec<Self> {
        let edges = match rulings {
            Some(true) => 0.0,
            _ => EDGES_ARE_STROKES,
        };
        let known = [
            (noticed.took_lines, View::WithLines, LINES_ARE_STROKES),
            (rulings.is_some(), View::WithEdges, edges),
            (noticed.may_be_turned, View::Turned, TURNED),
            (noticed.may_be_filled, View::Filled, FILLED),
            (noticed.may_be_filled, View::FilledTurned, FILLED + TURNED),
        ];
        let worth_it = known.into_iter().filter(|&(is_worth_it, ..)| is_worth_it);
        worth_it
            .map(|(_, view, price)| Self { view, price })
            .collect()
    }
}
