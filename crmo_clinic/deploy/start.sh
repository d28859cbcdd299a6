#!/bin/sh
# In a container: `web`, or any command of manage.py.
set -eu
cd /srv/crmo-clinic
if [ "${1:-web}" = web ]; then
  .venv/bin/python manage.py collectstatic --no-input --verbosity 0
  exec .venv/bin/gunicorn --config crmo_clinic/deploy/gunicorn.conf.py crmo_clinic.wsgi
fi
exec .venv/bin/python manage.py "$@"
