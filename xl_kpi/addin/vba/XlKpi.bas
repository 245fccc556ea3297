Attribute VB_Name = "XlKpi"
Option Explicit

' The whole of the add-in's code but for the help texts (ThisWorkbook).  One module, because whatever is not Private
' here can be called by its name from any cell of any workbook, without a macro warning.  Public are, at the end, the
' functions for cells and the ribbon's callbacks; none of them takes the name of a program, a file or a piece of code.
' The way to Python is the library of the package xlwings (BSD licence, see NOTICE), called as its own VBA calls it.
' ASCII only: Chinese texts stand in the sheet xl-kpi.text, by id.

#If Win64 Then
    Private Const LIBRARY As String = "xlwings64-{XLWINGS}.dll"
    Private Declare PtrSafe Function ActivatePython Lib "xlwings64-{XLWINGS}.dll" Alias "XLPyDLLActivateAuto" (ByRef result As Variant, ByVal command As String, ByVal mode As Long) As Long
#Else
    Private Const LIBRARY As String = "xlwings32-{XLWINGS}.dll"
    Private Declare PtrSafe Function ActivatePython Lib "xlwings32-{XLWINGS}.dll" Alias "XLPyDLLActivateAuto" (ByRef result As Variant, ByVal command As String, ByVal mode As Long) As Long
#End If
Private Declare PtrSafe Function LoadLibrary Lib "kernel32" Alias "LoadLibraryA" (ByVal path As String) As LongPtr
Private Declare PtrSafe Function MessageBox Lib "user32" Alias "MessageBoxW" (ByVal window As LongPtr, ByVal text As LongPtr, ByVal title As LongPtr, ByVal kind As Long) As Long

Private Const TEXT_SHEET As String = "xl-kpi.text"
Private Const WARNING_ON_TOP As Long = 48 + 262144
Private Const REFUSED As String = "{REFUSED}"
Private Const DEFECT As String = "{DEFECT}"
Private Const ERROR_NA As Long = 2042
Private Const ERROR_VALUE As Long = 2015
Private Const NO_PYTHON As Long = 1000
Private Const START_IT As Long = 1
Private Const END_IT As Long = -1
Private Const LONGEST_COMMAND As Long = {LONGEST}

Private python As Object            ' the server in the process of Python
Private starts As Long              ' how often one was started since Excel was
Private failure As String           ' the id of the text that says why there is none; nothing is tried until a button
Private failureDetail As String     ' is pressed, for each try may cost a minute, and a sheet has many cells

' ---------------------------------------------------------------------------------------------- Python's process

Private Function Server() As Object
    If Len(failure) > 0 Then Err.Raise NO_PYTHON, , failure
    If python Is Nothing Then StartPython
    Set Server = python
End Function

Private Sub StartPython()
    ' Everything that can be missing is looked for before the library is called.
    Dim file As Integer
    Dim key As String, value As String, command As String
    Dim interpreter As String, baseInterpreter As String, script As String, folder As String
    Dim result As Variant

    file = FreeFile
    On Error GoTo noSettings
    Open Environ$("USERPROFILE") & "\.xl-kpi\xl-kpi.conf" For Input As #file
    Do While Not EOF(file)
        Input #file, key, value
        Select Case UCase$(key)
            Case "INTERPRETER_WIN": interpreter = value
            Case "BASE_INTERPRETER": baseInterpreter = value
            Case "SERVER": script = value
            Case "DLL_FOLDER": folder = value
        End Select
    Loop
    Close #file
    On Error GoTo 0

    Require interpreter, "no_interpreter"
    Require baseInterpreter, "no_base"
    Require script, "no_server"
    Require folder & "\" & LIBRARY, "no_library"
    command = Chr$(34) & interpreter & Chr$(34) & " -I -B " & Chr$(34) & script & Chr$(34) & " $(CLSID)"
    If LenB(StrConv(command, vbFromUnicode)) > LONGEST_COMMAND Then Fail "long_path", interpreter
    If LoadLibrary(folder & "\" & LIBRARY) = 0 Then Fail "library_refused", folder & "\" & LIBRARY
    If starts > 0 Then
        ' The library knows servers by their command, and would go on asking one that has died.
        ActivatePython result, command & Again(starts - 1), END_IT
    End If
    command = command & Again(starts)
    starts = starts + 1
    If ActivatePython(result, command, START_IT) <> 0 Then Fail "no_start", CStr(result)
    Set python = result
    Exit Sub

noSettings:
    Close
    Fail "no_settings", ""
End Sub

Private Function Again(ByVal times As Long) As String
    If times > 0 Then Again = " " & times
End Function

Private Sub Require(ByVal path As String, ByVal textId As String)
    Dim attributes As Long

    attributes = vbDirectory
    On Error Resume Next
    attributes = GetAttr(path)
    On Error GoTo 0
    If (attributes And vbDirectory) <> 0 Then Fail textId, path
End Sub

Private Sub Fail(ByVal textId As String, ByVal detail As String)
    failure = textId
    failureDetail = detail
    Set python = Nothing
    Err.Raise NO_PYTHON, , textId
End Sub

Private Sub ForgetTheDead()
    ' A process that somebody has ended is noticed by asking it.
    Dim version As Variant

    If python Is Nothing Then Exit Sub
    On Error Resume Next
    version = python.Ready
    If Err.Number <> 0 Then Set python = Nothing
End Sub

' ------------------------------------------------------------------------------------------ functions for cells

Private Function Answer(ByVal name As String, ByVal given As Variant) As Variant
    Dim i As Long

    On Error GoTo failed
    If InWizard() Then
        Answer = CVErr(ERROR_NA)        ' never blank: a cell would show 0
        Exit Function
    End If
    For i = LBound(given) To UBound(given)
        If IsObject(given(i)) Then
            If given(i).Areas.Count > 1 Then GoTo failed
            given(i) = given(i).Value
        End If
    Next i
    Answer = RealErrors(Asked(name, given))
    Exit Function

failed:
    Answer = CVErr(ERROR_VALUE)
End Function

Private Function Asked(ByVal name As String, ByVal given As Variant) As Variant
    ' The server raises nothing, so an error is one of the connection: once more with a new process, and then no more.
    Dim turn As Long
    Dim number As Long
    Dim text As String

    For turn = 1 To 2
        On Error Resume Next
        Asked = Server().Answer(name, given)
        number = Err.Number
        text = Err.Description
        On Error GoTo 0
        If number = 0 Then Exit Function
        If Len(failure) > 0 Then Err.Raise NO_PYTHON, , failure
        Set python = Nothing
    Next turn
    Fail "lost", text
End Function

Private Function InWizard() As Boolean
    ' While somebody fills in the wizard, each key would cost a call.
    On Error Resume Next
    If TypeName(Application.Caller) = "Range" Then InWizard = Not Application.CommandBars("Standard").Controls(1).Enabled
End Function

Private Function RealErrors(ByRef result As Variant) As Variant
    ' Python marks what it refuses by a text; in a cell it has to be an error, for totals skip texts.
    Dim i As Long, j As Long, lastColumn As Long

    If Not IsArray(result) Then
        RealErrors = RealError(result)
        Exit Function
    End If
    lastColumn = -1
    On Error Resume Next
    lastColumn = UBound(result, 2)
    On Error GoTo 0
    For i = LBound(result, 1) To UBound(result, 1)
        If lastColumn < 0 Then
            result(i) = RealError(result(i))
        Else
            For j = LBound(result, 2) To lastColumn
                result(i, j) = RealError(result(i, j))
            Next j
        End If
    Next i
    RealErrors = result
End Function

Private Function RealError(ByRef value As Variant) As Variant
    RealError = value
    If VarType(value) <> vbString Then Exit Function
    If value = REFUSED Then RealError = CVErr(ERROR_NA)
    If value = DEFECT Then RealError = CVErr(ERROR_VALUE)
End Function

Private Function Joined(ByVal first As Variant, ByVal others As Variant) As Variant
    ' An argument and those of a ParamArray as one array.
    Dim all() As Variant
    Dim i As Long

    ReDim all(0 To UBound(others) - LBound(others) + 1)
    If IsObject(first) Then
        Set all(0) = first
    Else
        all(0) = first
    End If
    For i = LBound(others) To UBound(others)
        If IsObject(others(i)) Then
            Set all(i - LBound(others) + 1) = others(i)
        Else
            all(i - LBound(others) + 1) = others(i)
        End If
    Next i
    Joined = all
End Function

' ---------------------------------------------------------------------------------------------------- the ribbon

Private Sub RunButton(ByVal handler As String, ByVal needsBook As Boolean)
    Dim alerts As Boolean

    ' Of a cell that names the procedure, or a picture of somebody's workbook, Excel gives the place or the name.
    If Not IsError(Application.Caller) Then Exit Sub
    If Not Application.Ready Then
        Say "busy", ""
        Exit Sub
    End If
    If ActiveWorkbook Is Nothing Then
        If Not Application.ActiveProtectedViewWindow Is Nothing Then
            Say "protected_view", ""
            Exit Sub
        End If
        If needsBook Then
            Say "no_book", ""
            Exit Sub
        End If
    End If

    alerts = Application.DisplayAlerts
    failure = ""
    failureDetail = ""
    On Error GoTo failed
    ForgetTheDead
    Server                                  ' started, where it is not
    ' While Python works or asks something, Excel would put its own box before it: whether to go on waiting.
    Application.DisplayAlerts = False
    Server().Press handler, Application, ActiveWorkbook
    Application.DisplayAlerts = alerts
    Exit Sub

failed:
    Application.DisplayAlerts = alerts
    If Len(failure) > 0 Then
        Say failure, failureDetail
    Else
        Set python = Nothing
        Say "broken_off", Err.Description
    End If
End Sub

Private Sub Say(ByVal textId As String, ByVal detail As String)
    Dim message As String

    message = TextOf(textId)
    If Len(detail) > 0 Then message = message & vbCrLf & detail
    Show message, TextOf("title")
End Sub

Private Sub Show(ByVal message As String, ByVal title As String)
    ' VBA's own MsgBox shows Chinese only where the system's language is Chinese.
    MessageBox Application.Hwnd, StrPtr(message), StrPtr(title), WARNING_ON_TOP
End Sub

Private Function TextOf(ByVal textId As String) As String
    Dim row As Long

    TextOf = textId
    With ThisWorkbook.Worksheets(TEXT_SHEET)
        row = 1
        Do While Len(.Cells(row, 1).Value) > 0
            If .Cells(row, 1).Value = textId Then
                TextOf = .Cells(row, 2).Value
                Exit Function
            End If
            row = row + 1
        Loop
    End With
End Function
