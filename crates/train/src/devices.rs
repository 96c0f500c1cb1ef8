//! `train devices`: what this machine can compute on, and whether it computes rightly.

use crate::cli::{DevicesArguments, Format};
use crate::config::Recipe;
use crate::trial::{self, Speed};
use base::with_separators;
use console::{Exit, Failure, print_result};
use model::{
    DenseConfig, DeviceChoice, DeviceClass, NetworkConfig, OpenDevice, SELF_CHECK_TOLERANCE,
    SelfCheck, list_choices, open_device, self_check,
};
use serde_json::json;
use std::fmt::Write as _;

/// What became of one device.
enum Finding {
    Checked(OpenDevice, SelfCheck, Vec<(&'static str, Speed)>),
    /// A software GPU beside a real one: CubeCL tunes its kernels once a process, for the latter.
    Passed(OpenDevice),
    Failed(DeviceChoice, String),
}

/// Lists every device with a short check, a step of LeNet against the CPU's, and the speed of two networks.
///
/// # Errors
///
/// Where the list cannot be printed.
pub fn list(arguments: &DevicesArguments) -> Result<Exit, Failure> {
    let findings = check_all();
    match arguments.format {
        Format::Text => {
            for finding in &findings {
                print_result(&describe(finding)).map_err(Failure::new)?;
            }
            let text = format!(
                "tolerance of the check: {SELF_CHECK_TOLERANCE:e} relative. `auto` times the CPU and every GPU \
                 with the\nrecipe, once, and takes the quickest"
            );
            print_result(&text).map_err(Failure::new)?;
        }
        Format::Json => {
            let list: Vec<_> = findings.iter().map(to_json).collect();
            let text = serde_json::to_string_pretty(&list).map_err(Failure::new)?;
            print_result(&text).map_err(Failure::new)?;
        }
    }
    let has_failed = findings.iter().any(|finding| match finding {
        Finding::Checked(_, check, _) => !check.has_passed(),
        Finding::Passed(_) => false,
        Finding::Failed(..) => true,
    });
    Ok(if has_failed {
        Exit::Failure
    } else {
        Exit::Done
    })
}

fn check_all() -> Vec<Finding> {
    let mut has_hardware = false;
    let mut findings = Vec::new();
    for choice in list_choices() {
        findings.push(match open_device(choice) {
            Ok(open) if open.class == DeviceClass::SoftwareGpu && has_hardware => {
                Finding::Passed(open)
            }
            Ok(open) => {
                has_hardware |= open.class == DeviceClass::Gpu;
                match open.compute(|| self_check(&open.device)) {
                    Ok(check) => match time_all(&open) {
                        Ok(speeds) => Finding::Checked(open, check, speeds),
                        Err(error) => Finding::Failed(choice, error),
                    },
                    Err(error) => Finding::Failed(choice, error.to_string()),
                }
            }
            Err(error) => Finding::Failed(choice, error.to_string()),
        });
    }
    findings
}

/// The speed of networks that everybody knows.
fn time_all(open: &OpenDevice) -> Result<Vec<(&'static str, Speed)>, String> {
    let lenet = Recipe::default();
    let dense = Recipe {
        model: NetworkConfig::Dense(DenseConfig::default()),
        ..Recipe::default()
    };
    [("LeNet", lenet), ("dense", dense)]
        .into_iter()
        .map(|(name, recipe)| Ok((name, trial::time(&recipe, open)?)))
        .collect()
}

fn describe(finding: &Finding) -> String {
    match finding {
        Finding::Checked(open, check, speeds) => {
            let verdict = if check.has_passed() {
                "agrees with the CPU"
            } else {
                "WRONG RESULTS"
            };
            let mut text = format!(
                "{:<9} {}\n          {verdict}: logits {:.1e}, loss {:.1e}, gradients {:.1e}",
                open.choice.to_string(),
                open.name,
                check.logits_difference,
                check.loss_difference,
                check.gradients_difference,
            );
            for (network, speed) in speeds {
                let [training, inference] = [speed.training, speed.inference]
                    .map(|images| with_separators(images.round() as usize));
                let _ = write!(
                    text,
                    "\n          {network:<6} {training:>10} images/s in training, {inference:>10} in use"
                );
            }
            if check.is_in_one_piece {
                text += "\n          LeNet trains in one piece: two kernels a step";
            }
            text
        }
        Finding::Passed(open) => {
            format!(
                "{:<9} {}\n          not checked beside a real GPU",
                open.choice.to_string(),
                open.name
            )
        }
        Finding::Failed(choice, reason) => format!("{:<9} {reason}", choice.to_string()),
    }
}

fn to_json(finding: &Finding) -> serde_json::Value {
    match finding {
        Finding::Checked(open, check, speeds) => json!({
            "device": open.choice.to_string(),
            "name": open.name,
            "passed": check.has_passed(),
            "tolerance": SELF_CHECK_TOLERANCE,
            "logits_difference": check.logits_difference,
            "loss_difference": check.loss_difference,
            "gradients_difference": check.gradients_difference,
            "is_in_one_piece": check.is_in_one_piece,
            "images_per_second": speeds
                .iter()
                .map(|(network, speed)| {
                    let speeds = json!({ "training": speed.training, "inference": speed.inference });
                    (network.to_lowercase(), speeds)
                })
                .collect::<serde_json::Map<_, _>>(),
        }),
        Finding::Passed(open) => {
            json!({ "device": open.choice.to_string(), "name": open.name, "passed": null })
        }
        Finding::Failed(choice, reason) => {
            json!({ "device": choice.to_string(), "passed": false, "error": reason })
        }
    }
}
