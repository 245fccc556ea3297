@echo off
rem Installs xl-kpi for this user, without a network and without an administrator.
rem ASCII only: cmd reads this file in the code page of the system; Chinese is said by Python.
setlocal
cd /d "%~dp0"
set "PYTHON="
set PYTHONPATH=
set PYTHONHOME=
if exist "python\python.exe" set PYTHON="%~dp0python\python.exe"
if not defined PYTHON call :look 3.13
if not defined PYTHON call :look 3.12
if not defined PYTHON call :look 3.11
if defined PYTHON goto install
echo Python 3.11, 3.12 or 3.13, 64-bit, from python.org is needed first: see README.md, 1.
set CODE=3
goto end
:install
%PYTHON% -X utf8 -I install.py "%LOCALAPPDATA%\xl-kpi"
set CODE=%errorlevel%
:end
if not defined XLKPI_QUIET pause
exit /b %CODE%

:look
py -%1 -c "import sys; sys.exit(sys.maxsize < 2**32)" >nul 2>nul
if not errorlevel 1 set "PYTHON=py -%1"
exit /b 0
