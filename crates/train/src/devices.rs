//! `train devices`: what this machine can compute on, and whether it computes rightly.

use crate::cli::{DevicesArguments, Format};
use base::with_separators;
use console::{Exit, Failure, print_result};
use model::{
    DeviceChoice, DeviceClass, OpenDevice, SELF_CHECK_TOLERANCE, SelfCheck, list_choices,
    open_device, self_check,
};
use serde_json::json;

/// What became of one device.
enum Finding {
    Checked(OpenDevice, SelfCheck),
    /// A software GPU beside a real one: CubeCL tunes its kernels once a process, for the latter.
    Passed(OpenDevice),
    Failed(DeviceChoice, String),
}

/// Lists every device with a short check: a step of LeNet against the CPU's, and its speed.
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
            let auto = open_device(DeviceChoice::Auto).map_err(Failure::new)?;
            let tolerance = format!("(tolerance of the check: {SELF_CHECK_TOLERANCE:e} relative)");
            print_result(&format!("`auto` takes {} {tolerance}", auto.choice))
                .map_err(Failure::new)?;
        }
        Format::Json => {
            let list: Vec<_> = findings.iter().map(to_json).collect();
            let text = serde_json::to_string_pretty(&list).map_err(Failure::new)?;
            print_result(&text).map_err(Failure::new)?;
        }
    }
    let has_failed = findings.iter().any(|finding| match finding {
        Finding::Checked(_, check) => !check.has_passed(),
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
                    Ok(check) => Finding::Checked(open, check),
                    Err(error) => Finding::Failed(choice, error.to_string()),
                }
            }
            Err(error) => Finding::Failed(choice, error.to_string()),
        });
    }
    findings
}

fn describe(finding: &Finding) -> String {
    match finding {
        Finding::Checked(open, check) => {
            let verdict = if check.has_passed() {
                "agrees with the CPU"
            } else {
                "WRONG RESULTS"
            };
            format!(
                "{:<9} {}\n          {verdict}: logits {:.1e}, loss {:.1e}, gradients {:.1e}; LeNet {} images/s",
                open.choice.to_string(),
                open.name,
                check.logits_difference,
                check.loss_difference,
                check.gradients_difference,
                with_separators(check.images_per_second.round() as usize),
            )
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
        Finding::Checked(open, check) => json!({
            "device": open.choice.to_string(),
            "name": open.name,
            "passed": check.has_passed(),
            "tolerance": SELF_CHECK_TOLERANCE,
            "logits_difference": check.logits_difference,
            "loss_difference": check.loss_difference,
            "gradients_difference": check.gradients_difference,
            "images_per_second": check.images_per_second,
        }),
        Finding::Passed(open) => {
            json!({ "device": open.choice.to_string(), "name": open.name, "passed": null })
        }
        Finding::Failed(choice, reason) => {
            json!({ "device": choice.to_string(), "passed": false, "error": reason })
        }
    }
}
