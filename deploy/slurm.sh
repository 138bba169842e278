#!/bin/bash
#SBATCH --job-name=navfoundry
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=24:00:00
# sbatch deploy/slurm.sh RECIPE OUT, from a clone on a file system that all nodes see, after `make setup`.
# Whole nodes: `ray symmetric-run` ends by stopping every Ray on its node. Submit again to resume.
# The Ray command was run on one machine, the file as a whole on no Slurm yet.
set -euo pipefail
recipe=${1:?usage: sbatch deploy/slurm.sh RECIPE OUT}
out=${2:?usage: sbatch deploy/slurm.sh RECIPE OUT}

source .venv/bin/activate
RAY_AUTH_TOKEN=$(python -c 'import secrets; print(secrets.token_hex(32))')
export RAY_AUTH_TOKEN RAY_AUTH_MODE=token

# sed reads on to the end: under pipefail, `head` would fail the script where scontrol is still writing.
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed -n 1p)
srun ray symmetric-run --address "$head:6379" --min-nodes "$SLURM_JOB_NUM_NODES" -- \
  navfoundry generate "$recipe" --out "$out" --address auto
