//! The learning rate of every step: a pure function of the step's number, handed to Burn's
//! `Learner` as a scheduler.

use crate::config::{ScheduleConfig, ScheduleKind};
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::lr_scheduler::{LrScheduler, LrSchedulerRecord};
use std::f64::consts::PI;

/// Where `one-cycle` starts, as a share of the highest rate (Smith, 2018, as in `PyTorch`).
const ONE_CYCLE_START: f64 = 1.0 / 25.0;

/// The learning rate over a run.
#[derive(Clone, Debug)]
pub struct Schedule {
    config: ScheduleConfig,
    highest: f64,
    num_steps: usize,
    steps_per_epoch: usize,
    step: usize,
    /// What the rates are multiplied by after a training diverged.
    factor: f64,
}

impl Schedule {
    /// For a run of `num_steps` steps, `steps_per_epoch` an epoch, with `highest` as the highest
    /// rate.
    #[must_use]
    pub fn new(
        config: ScheduleConfig,
        highest: f64,
        num_steps: usize,
        steps_per_epoch: usize,
    ) -> Self {
        Self {
            config,
            highest,
            num_steps: num_steps.max(1),
            steps_per_epoch: steps_per_epoch.max(1),
            step: 0,
            factor: 1.0,
        }
    }

    /// What Burn's `Learner` loads to go on after so many steps, with all rates multiplied by a factor.
    #[must_use]
    pub fn record_at(step: usize, factor: f64) -> LrSchedulerRecord {
        // Of the curve nothing is in a record.
        let any = Self::new(ScheduleConfig::default(), 1.0, 1, 1);
        ModuleLrScheduler::from(Self {
            step,
            factor,
            ..any
        })
        .to_record()
    }

    /// The rate of a step, counted from 0.
    #[must_use]
    pub fn rate(&self, step: usize) -> f64 {
        let config = &self.config;
        let warmup = config.warmup_steps;
        if config.kind != ScheduleKind::OneCycle && step < warmup {
            return self.factor * self.highest * (step + 1) as f64 / warmup as f64;
        }
        let falls_from = if config.kind == ScheduleKind::OneCycle {
            0
        } else {
            warmup
        };
        let length = self.num_steps.saturating_sub(falls_from).max(1) as f64;
        let share = ((step - falls_from) as f64 / length).min(1.0);
        let height = match config.kind {
            ScheduleKind::Constant => 1.0,
            ScheduleKind::Cosine => cosine(1.0, config.final_share, share),
            ScheduleKind::OneCycle if share < config.rise => {
                cosine(ONE_CYCLE_START, 1.0, share / config.rise)
            }
            ScheduleKind::OneCycle => cosine(
                1.0,
                config.final_share,
                (share - config.rise) / (1.0 - config.rise),
            ),
            ScheduleKind::Step => {
                let num_falls = step / (config.every_epochs * self.steps_per_epoch);
                config
                    .factor
                    .powi(i32::try_from(num_falls).unwrap_or(i32::MAX))
            }
        };
        self.factor * self.highest * height
    }
}

/// Half a cosine from one value to another, `share` of the way.
fn cosine(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (PI * share).cos())
}

impl LrScheduler for Schedule {
    fn step(&mut self) -> f64 {
        let rate = self.rate(self.step);
        self.step += 1;
        rate
    }

    fn to_record(&self) -> LrSchedulerRecord {
        LrSchedulerRecord::new()
            .with_scalar("step", self.step as u64)
            .with_scalar("factor", self.factor)
    }

    fn load_record(&mut self, record: LrSchedulerRecord) {
        if let Some(step) = record.scalar::<u64>("step") {
            self.step = step as usize;
        }
        if let Some(factor) = record.scalar::<f64>("factor") {
            self.factor = factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(config: ScheduleConfig) -> Vec<f64> {
        let mut schedule = Schedule::new(config, 2.0, 100, 10);
        (0..100).map(|_| schedule.step()).collect()
    }

    fn config(kind: ScheduleKind) -> ScheduleConfig {
        ScheduleConfig {
            kind,
            ..ScheduleConfig::default()
        }
    }

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9
    }

    #[test]
    fn constant_rises_over_the_warmup_and_stays() {
        let rates = rates(ScheduleConfig {
            warmup_steps: 4,
            ..config(ScheduleKind::Constant)
        });
        assert!(near(rates[0], 0.5) && near(rates[3], 2.0) && near(rates[99], 2.0));
    }

    #[test]
    fn cosine_falls_to_its_end_and_not_below() {
        let falling = ScheduleConfig {
            final_share: 0.1,
            ..config(ScheduleKind::Cosine)
        };
        let rates = rates(falling);
        assert!(near(rates[0], 2.0) && near(rates[50], 1.1));
        assert!(rates.windows(2).all(|pair| pair[1] < pair[0]));
        assert!(near(Schedule::new(falling, 2.0, 100, 10).rate(500), 0.2));
    }

    #[test]
    fn one_cycle_rises_and_falls() {
        let rates = rates(config(ScheduleKind::OneCycle));
        assert!(near(rates[0], 0.08) && near(rates[30], 2.0) && rates[99] < 0.01);
        assert!(rates[..31].windows(2).all(|pair| pair[1] > pair[0]));
        assert!(rates[30..].windows(2).all(|pair| pair[1] < pair[0]));
    }

    #[test]
    fn step_falls_every_few_epochs() {
        let falling = ScheduleConfig {
            every_epochs: 3,
            ..config(ScheduleKind::Step)
        };
        let rates = rates(falling);
        assert!(near(rates[29], 2.0) && near(rates[30], 0.2) && near(rates[60], 0.02));
    }

    #[test]
    fn a_loaded_schedule_goes_on_where_it_was() {
        let mut schedule = Schedule::new(config(ScheduleKind::Cosine), 1.0, 10, 5);
        schedule.step();
        let mut other = Schedule::new(config(ScheduleKind::Cosine), 1.0, 10, 5);
        other.load_record(schedule.to_record());
        assert!(near(other.step(), schedule.rate(1)));
    }
}
